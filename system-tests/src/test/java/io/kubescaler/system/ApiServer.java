package io.kubescaler.system;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;

/** The API server of the cluster that kubectl points to, for callers with a token of their own. */
final class ApiServer {

    private final URI address;
    private final HttpClient http;

    ApiServer(Kubectl kubectl) {
        address = URI.create(cluster(kubectl, "server"));
        byte[] authority = Base64.getDecoder().decode(cluster(kubectl, "certificate-authority-data"));
        http = HttpClient.newBuilder()
                .sslContext(Certificate.trusting(authority))
                .build();
    }

    private static String cluster(Kubectl kubectl, String key) {
        String path = "jsonpath={.clusters[0].cluster." + key + "}";
        return kubectl.run("config", "view", "--minify", "--flatten", "--raw", "-o", path);
    }

    /** Changes an object by a JSON merge patch. */
    HttpResponse<String> patch(String token, String path, String change) {
        try {
            return http.send(
                    HttpRequest.newBuilder(address.resolve(path))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/merge-patch+json")
                            .method("PATCH", BodyPublishers.ofString(change))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
