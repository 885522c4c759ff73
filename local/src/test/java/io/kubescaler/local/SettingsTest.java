package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/** README's table of settings has every setting of the services, with its default, and no others. */
class SettingsTest {

    private static final Path ROOT = Path.of(System.getProperty("kubescaler.root"));
    private static final List<String> MODULES =
            List.of("service", "access", "schema", "base-service", "main-service", "stream-service");

    /** Name, service, default. */
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(kubescaler\\.[^`]+)` \\| [^|]+ \\| ([^|]+) \\|");

    @Test
    void readmeAndTheRecordsAgree() throws IOException {
        Map<String, String> documented = new HashMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(ROOT.resolve("README.md")))
                .results()
                .toList()) {
            assertThat(documented.put(row.group(1), row.group(2)))
                    .as(row.group(1))
                    .isNull();
        }
        Map<String, String> defaults = defaults();

        assertThat(documented).containsOnlyKeys(defaults.keySet());
        defaults.forEach((name, value) -> {
            if (!value.isEmpty()) {
                assertThat(documented.get(name)).as(name).isEqualTo("`" + value + "`");
            }
        });
    }

    /** The default of each setting; empty where the record has none. */
    private static Map<String, String> defaults() throws IOException {
        Map<String, String> defaults = new HashMap<>();
        List<Path> folders = MODULES.stream()
                .map(module -> ROOT.resolve(module).resolve("target/classes"))
                .toList();
        URL[] urls = new URL[folders.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = folders.get(i).toUri().toURL();
        }
        try (var classes = new URLClassLoader(urls, SettingsTest.class.getClassLoader())) {
            for (JavaClass settings : new ClassFileImporter().importPaths(folders)) {
                if (settings.isAnnotatedWith(ConfigurationProperties.class)) {
                    String prefix = settings.getAnnotationOfType(ConfigurationProperties.class)
                            .value();
                    Stream.of(load(settings.getName(), classes).getRecordComponents())
                            .forEach(component ->
                                    defaults.put(prefix + "." + dashed(component.getName()), defaultOf(component)));
                }
            }
        }
        return defaults;
    }

    private static Class<?> load(String name, ClassLoader classes) {
        try {
            return Class.forName(name, false, classes);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static String defaultOf(RecordComponent component) {
        DefaultValue value = component.getAnnotation(DefaultValue.class);
        return value == null ? "" : StringUtils.arrayToCommaDelimitedString(value.value());
    }

    /** As in configuration files: {@code messageSize} is {@code message-size}. */
    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
