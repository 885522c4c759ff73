package io.kubescaler.backing;

import io.kubescaler.processes.Services;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/**
 * One row of the table in {@code docs/security.md}: the status of a call, by its access token.
 *
 * @param path as in the table, with {@code {userId}} and {@code {profileId}}; of a management port, it begins with it
 */
public record CallRights(
        String method, String path, int none, int own, int anothers, int expired, int publisher, int admin) {

    private static final Pattern ROW = Pattern.compile(
            "\\| `([A-Z]+) (\\S+)` \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\|");

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

    private static final String HEAD = "| call | no token | own | another's | expired | publisher | admin |";

    /** The call, as in the table. */
    public String call() {
        return method + " " + path;
    }

    /** The rows whose path begins with one of these; at least one. */
    public static List<CallRights> of(String... prefixes) throws IOException {
        List<String> lines = Files.readAllLines(Services.projectRoot().resolve("docs/security.md"));
        List<CallRights> rows = lines.stream()
                .dropWhile(line -> !line.equals(HEAD))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(CallRights::parse)
                .filter(row -> Stream.of(prefixes).anyMatch(row.path::startsWith))
                .toList();
        if (rows.isEmpty()) {
            throw new IllegalStateException("docs/security.md has no row for " + List.of(prefixes));
        }
        return rows;
    }

    /** As in the table: each call that the OpenAPI description of a service has, such as {@code GET /main/users}. */
    public static List<String> described(String service) throws IOException {
        Path file = Services.projectRoot().resolve("api/src/main/resources/openapi/" + service + ".yaml");
        Map<?, ?> description = new Yaml().load(Files.readString(file));
        List<String> calls = new ArrayList<>();
        ((Map<?, ?>) description.get("paths")).forEach((path, content) -> {
            Map<?, ?> parts = (Map<?, ?>) content;
            String port = parts.get("servers") instanceof List<?> servers ? ":" + port((Map<?, ?>) servers.get(0)) : "";
            METHODS.stream()
                    .filter(method -> parts.containsKey(method.toLowerCase(Locale.ROOT)))
                    .forEach(method -> calls.add(method + " " + port + path));
        });
        return calls;
    }

    private static int port(Map<?, ?> server) {
        return URI.create(String.valueOf(server.get("url"))).getPort();
    }

    private static CallRights parse(String line) {
        Matcher row = ROW.matcher(line);
        if (!row.matches()) {
            throw new IllegalStateException("docs/security.md has a row that is not checked: " + line);
        }
        return new CallRights(
                row.group(1),
                row.group(2),
                Integer.parseInt(row.group(3)),
                Integer.parseInt(row.group(4)),
                Integer.parseInt(row.group(5)),
                Integer.parseInt(row.group(6)),
                Integer.parseInt(row.group(7)),
                Integer.parseInt(row.group(8)));
    }
}
