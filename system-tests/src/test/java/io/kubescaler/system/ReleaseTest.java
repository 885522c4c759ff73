package io.kubescaler.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.processes.Services;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./release} and {@code docker/digests}, in a repository of their own with the files of this one. */
@EnabledIf(value = "isARepository", disabledReason = "These sources are in no Git repository.")
class ReleaseTest {

    private static final Pattern MODULE =
            Pattern.compile("<groupId>io.kubescaler</groupId>\\s*<artifactId>.*</artifactId>\\s*<version>([0-9].*?)<");

    private static final String NEXT = "71.82.93";

    @TempDir
    private static Path root;

    private static String version;

    static boolean isARepository() {
        return Files.exists(Services.projectRoot().resolve(".git"));
    }

    @BeforeAll
    static void makeRepository() throws IOException {
        Command.run(Map.of(), List.of("sh", "-c", "git ls-files | tar -c -T - | tar -x -C \"$0\"", root.toString()));
        git("init", "--quiet");
        git("config", "user.name", "test");
        git("config", "user.email", "test@example.org");
        git("config", "commit.gpgsign", "false");
        git("config", "tag.gpgsign", "false");
        // A release has just left no change for the next one.
        String changelog = Files.readString(root.resolve("CHANGELOG.md"));
        writeChangelog(changelog.replace("[Unreleased]\n", "[Unreleased]\n\n- It flies.\n"));
        git("branch", "start");
        version = moduleVersion("pom.xml").replace("-SNAPSHOT", "");
    }

    @AfterEach
    void startAgain() {
        git("checkout", "--quiet", "--force", "-B", "test", "start");
        git("clean", "--quiet", "--force");
        git("tag", "--list").lines().forEach(tag -> git("tag", "--delete", tag));
    }

    @Test
    void writesItsVersionIntoEveryFileThatNamesTheOneBefore() throws IOException {
        List<String> files = filesWith(version);
        assertThat(files)
                .contains(
                        "pom.xml",
                        "stream-service/pom.xml",
                        "k8s/base/kustomization.yaml",
                        "api/src/main/resources/openapi/stream.yaml",
                        "client/README.md",
                        "docs/operations.md",
                        ".ci/run");

        release(NEXT);

        git("checkout", "--quiet", "v" + NEXT);
        assertThat(filesWith(NEXT)).containsAll(files);
        assertThat(filesWith(NEXT + "-SNAPSHOT")).isEmpty();
        assertThat(filesWith(version)).isSubsetOf("CHANGELOG.md");
        assertThat(moduleVersion("pom.xml")).isEqualTo(NEXT);
    }

    @Test
    void datesTheChangesAndTagsThem() throws IOException {
        release(NEXT);

        assertThat(Files.readString(root.resolve("CHANGELOG.md")))
                .containsPattern(
                        "## \\[Unreleased]\n\n## \\[71\\.82\\.93] - 20\\d\\d-\\d\\d-\\d\\d\n\n- It flies\\.\n");
        assertThat(git("cat-file", "-t", "v" + NEXT)).isEqualTo("tag");
        assertThat(git("tag", "--list", "--format=%(contents)", "v" + NEXT)).contains(NEXT, "- It flies.");
    }

    @Test
    void goesOnWithTheNextVersion() throws IOException {
        release(NEXT);

        assertThat(moduleVersion("stream-service/pom.xml")).isEqualTo("71.83.0-SNAPSHOT");
        assertThat(filesWith("71.83.0")).contains("k8s/base/kustomization.yaml");
        assertThat(git("status", "--porcelain")).isEmpty();
        assertThat(git("log", "--format=%s")).startsWith("Begin 71.83.0\nRelease 71.82.93\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2", "v1.2.3", "1.02.3", "1.2.3-SNAPSHOT", "1.2.3\n4.5.6"})
    void rejectsWhatIsNoVersion(String wrong) {
        assertRejected(wrong, "A version is three numbers");
    }

    @Test
    void rejectsAVersionThatExists() throws IOException {
        release(NEXT);
        writeChangelog("## [Unreleased]\n\n- It flies higher.\n");

        assertRejected(NEXT, "Version " + NEXT + " exists");
    }

    @Test
    void rejectsChangesThatAreNotCommitted() throws IOException {
        Files.writeString(root.resolve("new"), "");

        assertRejected(NEXT, "Commit or remove your changes first");
    }

    @Test
    void rejectsAReleaseWithoutChanges() throws IOException {
        release(NEXT);

        assertRejected("71.82.94", "no change under \"Unreleased\"");
    }

    private static void assertRejected(String wrong, String reason) {
        String before = git("for-each-ref") + git("status", "--porcelain");
        assertThatThrownBy(() -> release(wrong)).hasMessageContaining(reason);
        assertThat(git("for-each-ref") + git("status", "--porcelain")).isEqualTo(before);
    }

    @Test
    void pinsEachImageOfOthersByItsDigestAndUnpinsIt() throws IOException {
        String digest = "0123456789abcdef".repeat(4);

        digests("echo '\"sha256:" + digest + "\"'");

        for (String file : List.of("Dockerfile", "compose.yaml", "k8s")) {
            assertThat(images(file)).isNotEmpty().allMatch(image -> image.endsWith("@sha256:" + digest));
        }
        commitAll();
        String newer = "f".repeat(64);
        digests("echo '\"sha256:" + newer + "\"'");
        assertThat(images(".")).isNotEmpty().allMatch(image -> image.endsWith("@sha256:" + newer));

        digests("exit 1", "remove");
        assertThat(git("diff", "HEAD~1")).isEmpty();
    }

    @Test
    void pinsNothingIfARegistryDoesNotAnswerForOneImage() {
        assertThatThrownBy(() -> digests("[ \"$4\" = redis:7 ] || echo '\"sha256:" + "f".repeat(64) + "\"'"))
                .hasMessageContaining("no digest of redis:7");
        assertThat(git("status", "--porcelain")).isEmpty();
    }

    /** The images that are not built here, and those that only tests start. */
    private static List<String> images(String path) {
        return git("grep", "-hE", "^(FROM [^ ]*:|ARG BUILD_JDK=| *image: .*:)", "--", path, ":!k8s/tests", ":!.ci")
                .lines()
                .filter(line -> !line.contains("$"))
                .map(line -> line.replaceFirst(" AS .*", ""))
                .toList();
    }

    /** @param docker what the command "docker" does */
    private static void digests(String docker, String... arguments) throws IOException {
        Path tools = Files.createDirectories(root.resolve(".git/tools"));
        Path fake = Files.writeString(tools.resolve("docker"), "#!/bin/sh\n" + docker + "\n");
        assertThat(fake.toFile().setExecutable(true)).isTrue();
        Command.run(
                root,
                Map.of("PATH", tools + File.pathSeparator + System.getenv("PATH")),
                Stream.concat(Stream.of("docker/digests"), Stream.of(arguments)).toList());
    }

    private static void release(String next) {
        Command.run(root, Map.of(), List.of("./release", next));
    }

    private static void writeChangelog(String text) throws IOException {
        Files.writeString(root.resolve("CHANGELOG.md"), text);
        commitAll();
    }

    private static void commitAll() {
        git("add", "--all");
        git("commit", "--quiet", "--message", "Files");
    }

    private static List<String> filesWith(String text) throws IOException {
        List<String> found = new ArrayList<>();
        for (String file : git("ls-files").lines().toList()) {
            if (Files.readString(root.resolve(file), StandardCharsets.ISO_8859_1)
                    .contains(text)) {
                found.add(file);
            }
        }
        return found;
    }

    private static String moduleVersion(String pom) throws IOException {
        return MODULE.matcher(Files.readString(root.resolve(pom)))
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElseThrow();
    }

    private static String git(String... arguments) {
        return Command.run(
                root,
                Map.of(),
                Stream.concat(Stream.of("git"), Stream.of(arguments)).toList());
    }
}
