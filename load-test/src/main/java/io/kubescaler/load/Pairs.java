package io.kubescaler.load;

import io.kubescaler.api.Page;
import io.kubescaler.api.Pair;
import io.kubescaler.api.Profile;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The pairs to stream, existing or new. */
final class Pairs {

    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<Page<Profile>> PROFILES = new TypeReference<>() {};

    /**
     * Returns the first existing pairs.
     *
     * @param profiles the list from base or main
     * @throws IllegalStateException if there are too few
     */
    static List<Pair> list(LocalUrl profiles, int count) throws InterruptedException {
        List<Pair> pairs = new ArrayList<>();
        String page = "";
        while (pairs.size() < count) {
            LocalUrl url = LocalUrl.of(profiles.uri() + "?limit=" + Page.MAX_LIMIT + page);
            Page<Profile> answer =
                    JSON.readValue(HttpCalls.send(HttpCalls.to(url).build()), PROFILES);
            answer.items().forEach(profile -> profile.users().forEach(user -> pairs.add(new Pair(user, profile.id()))));
            if (answer.next() == null) {
                break;
            }
            page = "&page=" + URLEncoder.encode(answer.next(), StandardCharsets.US_ASCII);
        }
        if (pairs.size() < count) {
            throw new IllegalStateException("There are " + pairs.size() + " pairs at " + profiles.uri() + ", but "
                    + count + " streams need one each. POST /main/testdata makes more.");
        }
        return pairs.subList(0, count);
    }

    /** Makes pairs from new users and profiles. */
    static List<Pair> make(LocalUrl base, int count) throws InterruptedException {
        List<Pair> pairs = Stream.generate(() -> new Pair(UUID.randomUUID(), UUID.randomUUID()))
                .limit(count)
                .toList();
        putAll(pairs, pair -> put(base.resolve("/users/" + pair.user()), "{}"));
        putAll(
                pairs,
                pair -> put(base.resolve("/profiles/" + pair.profile()), "{\"users\":[\"" + pair.user() + "\"]}"));
        return pairs;
    }

    /** The address of the pair's stream at this instance. */
    static LocalUrl stream(LocalUrl instance, Pair pair) {
        return instance.resolve("/stream/" + pair);
    }

    private static void putAll(List<Pair> pairs, Function<Pair, HttpRequest> put) throws InterruptedException {
        List<IllegalStateException> failures =
                HttpCalls.sendAll(pairs.stream().map(put).toList());
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }

    private static HttpRequest put(LocalUrl url, String body) {
        return HttpCalls.to(url)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body))
                .build();
    }

    private Pairs() {}
}
