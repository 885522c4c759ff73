package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** Clients that all have their streams, each of a pair of its own. */
final class Crowd implements AutoCloseable {

    private final Door door;
    private final Iterator<Pair> freePairs;
    private final List<Client> clients = new ArrayList<>();
    private final List<Pair> pairs = new ArrayList<>();

    /** Returns when all of them stream. */
    Crowd(Door door, Iterator<Pair> freePairs, int size) {
        this.door = door;
        this.freePairs = freePairs;
        grow(size);
    }

    /** Adds clients, and returns when all stream. */
    void grow(int count) {
        for (int i = 0; i < count; i++) {
            Pair pair = freePairs.next();
            pairs.add(pair);
            clients.add(door.client(pair));
        }
        await().untilAsserted(() -> assertThat(clients)
                .allSatisfy(client -> assertThat(client.messages()).isPositive()));
    }

    /**
     * Grows until each of these instances has one of them: a busy instance may pass the first ones on to the others.
     */
    void spreadOver(List<String> instances) {
        await().until(() -> {
            boolean spread = instances.stream()
                    .noneMatch(instance -> on(List.of(instance)).isEmpty());
            if (!spread) {
                grow(1);
            }
            return spread;
        });
    }

    List<Client> clients() {
        return clients;
    }

    List<Pair> pairs() {
        return pairs;
    }

    /** Those that were on one of these instances last. */
    List<Client> on(List<String> instances) {
        return clients.stream().filter(client -> client.wasOn(instances)).toList();
    }

    /** How many times they came back, together. */
    int returns() {
        return clients.stream().mapToInt(Client::returns).sum();
    }

    /** Waits until each has had messages from now on. */
    void awaitMessages() {
        List<Long> had = clients.stream().map(Client::messages).toList();
        await().untilAsserted(() -> {
            for (int i = 0; i < had.size(); i++) {
                assertThat(clients.get(i).messages()).isGreaterThan(had.get(i));
            }
        });
    }

    /**
     * No client ever lost its session, wherever it was served from. A 409 may come in between: a slow Redis sets a
     * lock after the instance that wanted it has given up, and the instance that nginx tries next still sees it.
     */
    void assertKeptTheirSessions() {
        assertThat(clients).allSatisfy(client -> {
            assertThat(client.lostSessions()).isZero();
            assertThat(client.refusals()).doesNotContain(403, 404);
        });
    }

    /** No stream of them ever ended. */
    void assertNeverLeft() {
        assertThat(clients).allSatisfy(client -> assertThat(client.sessions()).hasSize(1));
    }

    /** Prints how it went, with the longest time that one was without a stream: no test can demand it. */
    void report(String event) {
        System.out.printf(
                "%n%s: %d clients, %d sessions lost, %d returns, the longest without a stream %.1f s.%n",
                event, clients.size(), lostSessions(), returns(), longestGap().toMillis() / 1000.0);
    }

    long lostSessions() {
        return clients.stream().mapToLong(Client::lostSessions).sum();
    }

    Duration longestGap() {
        return clients.stream()
                .map(Client::longestGap)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** See {@link Client#forget}. */
    void forget() {
        clients.forEach(Client::forget);
    }

    /** All leave, and free their pairs. */
    void end() {
        clients.parallelStream().forEach(Client::end);
        clients.clear();
        pairs.clear();
    }

    @Override
    public void close() {
        clients.forEach(Client::close);
    }
}
