package io.kubescaler.stream;

import io.kubescaler.processes.Services;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Classes and resources of the platform with deliberate changes, for a service that a test starts with them. */
public final class ChangedProgram {

    private static final Path TEST_SOURCES = Path.of("stream-service", "src", "test", "java");
    private static final List<Path> ROOTS =
            List.of(Path.of("src", "main", "java"), Path.of("src", "main", "resources"));

    /**
     * One place of a source.
     *
     * @param file below the root of the project
     * @param place must be there exactly once
     */
    public record Change(String file, String place, String replacement) {

        String applyTo(String source) {
            int at = source.indexOf(place);
            if (at < 0 || source.indexOf(place, at + 1) >= 0) {
                throw new IllegalStateException(
                        file + " does not contain this exactly once, so the change must be adapted: " + place);
            }
            return source.replace(place, replacement);
        }
    }

    private ChangedProgram() {}

    /** Compiles the changed sources, with the classes of this module's tests that they use; returns where they are. */
    public static Path build(String name, List<Change> changes) throws IOException {
        Path root = Services.projectRoot();
        Path sources = Path.of("target", "changed", name, "sources").toAbsolutePath();
        Path classes = Path.of("target", "changed", name, "classes").toAbsolutePath();
        List<Path> java = new ArrayList<>();
        for (String file : changes.stream().map(Change::file).distinct().toList()) {
            String text = Files.readString(root.resolve(file));
            for (Change change : changes) {
                text = change.file.equals(file) ? change.applyTo(text) : text;
            }
            boolean isJava = file.endsWith(".java");
            Path changed = (isJava ? sources : classes).resolve(inItsRoot(Path.of(file)));
            Files.createDirectories(changed.getParent());
            Files.writeString(changed, text);
            if (isJava) {
                java.add(changed);
            }
        }
        if (!java.isEmpty()) {
            compile(java, root.resolve(TEST_SOURCES), classes);
        }
        return classes;
    }

    /** Without its module and {@code src/main/java}. */
    private static Path inItsRoot(Path file) {
        Path inModule = file.subpath(1, file.getNameCount());
        return ROOTS.stream()
                .filter(inModule::startsWith)
                .map(root -> root.relativize(inModule))
                .findFirst()
                .orElseThrow();
    }

    private static void compile(List<Path> sources, Path used, Path classes) throws IOException {
        Files.createDirectories(classes);
        // Surefire has the class path in a jar of its own.
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringWriter messages = new StringWriter();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none",
                    "-Xprefer:source",
                    "-sourcepath",
                    used.toString(),
                    "-implicit:class",
                    "-cp",
                    classPath,
                    "-d",
                    classes.toString());
            if (!compiler.getTask(messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call()) {
                throw new IllegalStateException("The changed sources cannot be compiled: " + messages);
            }
        }
    }
}
