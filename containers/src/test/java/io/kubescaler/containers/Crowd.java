package io.kubescaler.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** Clients that all have their streams, each of a pair of its own. */
final class Crowd implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final List<Client> clients = new ArrayList<>();
    private final List<String> pairs = new ArrayList<>();

    /** Returns when all of them stream. */
    Crowd(Door door, Iterator<String> freePairs, int size) {
        for (int i = 0; i < size; i++) {
            String pair = freePairs.next();
            pairs.add(pair);
            clients.add(door.client(pair));
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(clients)
                        .allSatisfy(client -> assertThat(client.messages()).isPositive()));
    }

    List<Client> clients() {
        return clients;
    }

    List<String> pairs() {
        return pairs;
    }

    /** Those that were on one of these instances last. */
    List<Client> on(List<String> instances) {
        return clients.stream()
                .filter(client -> instances.contains(client.opening().instance()))
                .toList();
    }

    /** Waits until each has had messages from now on. */
    void awaitMessages() {
        List<Long> had = clients.stream().map(Client::messages).toList();
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (int i = 0; i < had.size(); i++) {
                assertThat(clients.get(i).messages()).isGreaterThan(had.get(i));
            }
        });
    }

    /**
     * Nobody ever lost the session, wherever it was served from. A 409 may come in between: a Redis that is slow sets a lock of
     * which the instance that wanted it has despaired, and whom nginx asks next still sees it.
     */
    void assertKeptTheirSessions() {
        assertThat(clients).allSatisfy(client -> {
            assertThat(client.openings().stream().map(Client.Opening::since).distinct())
                    .hasSize(1);
            assertThat(client.refusals()).doesNotContain(403, 404);
        });
    }

    /** No stream of them ever ended. */
    void assertNeverLeft() {
        assertThat(clients).allSatisfy(client -> assertThat(client.openings()).hasSize(1));
    }

    /** Says how long the one was without a stream that was it longest: what may be asked, but no test can demand. */
    void tell(String what) {
        Duration longest = clients.stream()
                .flatMap(client -> client.openings().stream())
                .map(Client.Opening::gap)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        System.out.printf(
                "%s: %d clients, the longest without a stream %.1f s.%n",
                what, clients.size(), longest.toMillis() / 1000.0);
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.close();
        }
    }
}
