package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.StreamException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Clients that stream, each with a pair of its own, while others do what they should not. */
final class Audience implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Audience.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final RunningLocal local;
    private final List<Client> clients = new ArrayList<>();
    private final List<String> users = new ArrayList<>();
    private final List<String> profiles = new ArrayList<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();

    Audience(RunningLocal local, int streams) throws IOException, InterruptedException {
        this.local = local;
        for (int i = 0; i < streams; i++) {
            clients.add(new Client());
        }
        assertGoesOn();
    }

    /** {@code user/profile} of one of them. */
    String pair() {
        return clients.get(0).user + "/" + clients.get(0).profile;
    }

    /** {@code user/profile} of another pair, which nobody streams yet. */
    String newPair() throws IOException, InterruptedException {
        String user = clients.get(0).user;
        return user + "/" + newProfile(user);
    }

    /** A user that others have made, to be deleted at the end. */
    void add(String user) {
        users.add(user);
    }

    private String newProfile(String user) throws IOException, InterruptedException {
        String profile = local.create("/profiles", "{\"users\": [\"" + user + "\"]}");
        profiles.add(profile);
        return profile;
    }

    /** No stream was cut, and each gets new messages and has most of them: others use the machine, too. */
    void assertGoesOn() {
        List<Long> before =
                clients.stream().map(client -> client.received.get()).toList();
        await().atMost(PATIENCE).until(() -> !faults.isEmpty() || allHaveMoreThan(before));
        assertThat(faults).isEmpty();
        assertThat(clients)
                .allSatisfy(client -> assertThat(client.missed.get())
                        .as("missed messages of %s", client.received)
                        .isLessThan(client.received.get()));
    }

    private boolean allHaveMoreThan(List<Long> before) {
        for (int i = 0; i < clients.size(); i++) {
            if (clients.get(i).received.get() < before.get(i) + 3) {
                return false;
            }
        }
        return true;
    }

    /** Other tests on this platform expect test data only. */
    @Override
    public void close() {
        log.info(
                "The audience has got {} messages and missed {}",
                clients.stream().mapToLong(client -> client.received.get()).sum(),
                clients.stream().mapToLong(client -> client.missed.get()).sum());
        for (Client client : clients) {
            client.closed = true;
            client.stream.close();
        }
        users.forEach(user -> delete(local.base("/users/" + user)));
        profiles.forEach(profile -> delete(local.base("/profiles/" + profile)));
    }

    private static void delete(URI uri) {
        HTTP.sendAsync(HttpRequest.newBuilder(uri).DELETE().build(), BodyHandlers.discarding())
                .join();
    }

    private final class Client {

        private final AtomicLong received = new AtomicLong();
        private final AtomicLong missed = new AtomicLong();
        private final String user;
        private final String profile;
        private final EventStream stream;
        private volatile boolean closed;
        private long last;

        Client() throws IOException, InterruptedException {
            user = local.create("/users", "{}");
            users.add(user);
            profile = newProfile(user);
            stream = EventStream.open(local.gateway("/stream/" + user + "/" + profile), null);
            Thread reader = new Thread(this::read, "audience");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try {
                Optional<Event> event = stream.next(PATIENCE);
                while (event.isPresent() && !event.get().name().equals("end")) {
                    if (event.get().name().equals("message")) {
                        count(JSON.readTree(event.get().data()).path("sequence").asLong());
                    }
                    event = stream.next(PATIENCE);
                }
                tell("cut: " + event.map(Event::data).orElse("without an end"));
            } catch (StreamException e) {
                tell(e.toString());
            }
        }

        private void count(long sequence) {
            if (last != 0 && sequence != last + 1) {
                missed.addAndGet(sequence - last - 1);
            }
            last = sequence;
            received.incrementAndGet();
        }

        private void tell(String fault) {
            if (!closed) {
                faults.add(user + "/" + profile + " " + fault);
            }
        }
    }
}
