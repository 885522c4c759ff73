package io.kubescaler.processes;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A minimal service. {@code PORT STATUS}: answers every request with that status. Without arguments: exits with 3. */
final class ExampleService {

    private ExampleService() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 0) {
            System.out.println("There is no port to listen on.");
            System.exit(3);
        }
        int port = Integer.parseInt(arguments[0]);
        int status = Integer.parseInt(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    /** Packs this class into an executable jar. */
    static Path jar(Path directory) throws IOException {
        Path jar = directory.resolve("example.jar");
        String classFile = ExampleService.class.getName().replace('.', '/') + ".class";
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, ExampleService.class.getName());
        try (var in = ExampleService.class.getClassLoader().getResourceAsStream(classFile);
                var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new JarEntry(classFile));
            in.transferTo(out);
        }
        return jar;
    }
}
