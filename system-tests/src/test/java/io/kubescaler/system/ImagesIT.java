package io.kubescaler.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the images say about themselves. */
@Tag("containers")
@EnabledIf(value = "io.kubescaler.system.Docker#answers", disabledReason = "No Docker engine answers.")
class ImagesIT {

    private static final JsonMapper JSON = new JsonMapper();

    private static final Pattern CLASSIFIER = Pattern.compile("[?&]classifier=([^&]+)");

    @ParameterizedTest
    @ValueSource(strings = {"base", "main", "stream", "web-client"})
    void sayWhatTheyAre(String name) {
        JsonNode labels =
                JSON.readTree(Docker.run("image", "inspect", "--format", "{{json .Config.Labels}}", image(name)));

        assertThat(label(labels, "title")).isEqualTo("kubescaler/" + name);
        assertThat(label(labels, "description")).contains("kubescaler");
        assertThat(label(labels, "licenses")).isEqualTo("Apache-2.0");
        assertThat(label(labels, "version")).isEqualTo(System.getenv().getOrDefault("VERSION", "unknown"));
        assertThat(label(labels, "revision")).matches("unknown|[0-9a-f]{40}");
        assertThat(label(labels, "created")).matches("unknown|20\\d\\d-.*T.*");
        assertThat(label(labels, "source")).isNotEmpty().isEqualTo(label(labels, "url"));
    }

    private static String label(JsonNode labels, String name) {
        return labels.path("org.opencontainers.image." + name).asString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "main", "stream"})
    void listEachLibraryThatTheyContain(String service) {
        List<String> jars = run(service, "ls", "lib")
                .lines()
                .filter(file -> file.endsWith(".jar"))
                .toList();

        assertThat(jars).hasSizeGreaterThan(50);
        assertThat(parts(service)).containsAll(jars);
    }

    @Test
    void listTheLibrariesOfThePages() {
        assertThat(parts("web-client")).anyMatch(part -> part.startsWith("chart.js-"));
    }

    /** The names of the jars in the image's SBOM. */
    private static List<String> parts(String name) {
        JsonNode sbom = JSON.readTree(run(name, "cat", "/usr/share/doc/kubescaler/sbom.cdx.json"));
        assertThat(sbom.path("bomFormat").asString()).isEqualTo("CycloneDX");
        return sbom.path("components")
                .valueStream()
                .map(part -> Stream.of("name", "version")
                        .map(key -> part.path(key).asString())
                        .collect(Collectors.joining("-", "", classifier(part) + ".jar")))
                .toList();
    }

    private static String classifier(JsonNode part) {
        Matcher found = CLASSIFIER.matcher(part.path("purl").asString());
        return found.find() ? "-" + found.group(1) : "";
    }

    private static String run(String name, String command, String argument) {
        return Docker.run("run", "--rm", "--entrypoint", command, image(name), argument);
    }

    private static String image(String name) {
        return "kubescaler/" + name + ":" + System.getenv().getOrDefault("VERSION", "latest");
    }
}
