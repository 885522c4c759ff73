package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.Connections;
import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import io.kubescaler.client.RefusedException;
import io.kubescaler.client.StreamException;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Clients that compete for few pairs over HTTP: they stream a few messages, come back with their token, stop reading,
 * release their session, or vanish. Every message that a client receives is an observation: it must not have been made
 * after another client has received its session.
 *
 * <p>Both times come from one clock, that of this machine: when a client received its session, and when an instance
 * made a message.
 */
final class Contest {

    private static final Duration LONGEST = Duration.ofMinutes(40);
    private static final int STALLED = 200;
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(2);

    /** Longer than an instance may be stopped. */
    private static final Duration READ_ON = Duration.ofSeconds(20);

    private static final Duration NOTHING_LEFT = Duration.ofSeconds(20);

    private static final Limits LIMITS = Limits.DEFAULT.withAnswer(READ_TIMEOUT);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(READ_TIMEOUT)
            .build();
    private static final String CUT_OFF = "resume cut off";
    private static final String CUT_OFF_MEANWHILE = "resume cut off while its session went on";
    private static final String STOPPED_READING = "client stopped reading";
    private static final String READ_ON_AFTER_RELEASE = "session released while its client read on";

    /** The faults that the clients make. */
    static final Set<String> BY_CLIENTS = Set.of(CUT_OFF, CUT_OFF_MEANWHILE, STOPPED_READING, READ_ON_AFTER_RELEASE);

    private static final Pattern EPOCH = Pattern.compile("\"epoch\":(\\d+)");
    private static final Pattern TIMESTAMP = Pattern.compile("\"timestamp\":\"([^\"]+)\"");

    /**
     * How the clients behave.
     *
     * @param mostMessages in one session
     * @param patience how long they wait for the next message
     */
    record Manner(int pairs, int clients, int mostMessages, Duration patience) {

        static final Manner DEFAULT = new Manner(64, 192, 8, READ_TIMEOUT);

        Manner with(int pairs, int clients) {
            return new Manner(pairs, clients, mostMessages, patience);
        }

        Manner withMostMessages(int number) {
            return new Manner(pairs, clients, number, patience);
        }

        Manner withPatience(Duration time) {
            return new Manner(pairs, clients, mostMessages, time);
        }
    }

    private final List<Instance> instances;
    private final Manner manner;
    private final long seed;
    private final List<Pair> pairs;
    private final AtomicInteger acquisitions = new AtomicInteger();
    private final AtomicInteger resumptions = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Connections that nobody reads; they stay open, so that only the server can end them. */
    private final Queue<Socket> stalled = new ConcurrentLinkedQueue<>();

    private final Map<String, Integer> faults = new ConcurrentHashMap<>();
    private final Queue<String> brokenOff = new ConcurrentLinkedQueue<>();

    /** One connection of a client: when it received its session, and the timestamp of its last message. */
    private record Observation(Instant told, Instant lastMessage) {}

    private static final class Pair {
        final String path;
        final Queue<Observation> observations = new ConcurrentLinkedQueue<>();

        /** The highest of all sessions so far. */
        final AtomicLong epoch = new AtomicLong();

        /** What is wrong with the epochs. */
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();

        /** Streams that went on after their session was released. */
        final Queue<String> outlived = new ConcurrentLinkedQueue<>();

        final Queue<Duration> freeToAcquired = new ConcurrentLinkedQueue<>();

        /** Of sessions whose clients read on: from the request to release them to the end of their stream. */
        final Queue<Duration> releasedToOver = new ConcurrentLinkedQueue<>();

        final AtomicReference<@Nullable Instant> freed = new AtomicReference<>();

        Pair(String path) {
            this.path = path;
        }
    }

    /** @param instances may change while the clients compete, but is never empty */
    Contest(Platform platform, List<Instance> instances, Manner manner, long seed) {
        this.instances = instances;
        this.manner = manner;
        this.seed = seed;
        UUID user = platform.newUser();
        pairs = IntStream.range(0, manner.pairs)
                .mapToObj(i -> new Pair("/stream/" + user + "/" + platform.newProfile(user)))
                .toList();
    }

    /**
     * Lets the clients compete, with faults, until it is enough.
     *
     * @param faults each runs on a thread of its own, until the contest {@link #isOver}
     */
    @SafeVarargs
    final void run(BooleanSupplier enough, Consumer<Random>... faults) throws Exception {
        System.out.printf("seed %d: replay the faults with -Dkubescaler.seed=%<d%n", seed);
        ExecutorService threads = Executors.newFixedThreadPool(manner.clients + faults.length);
        List<Future<?>> work = new ArrayList<>();
        try {
            for (int client = 0; client < manner.clients; client++) {
                Random random = new Random(seed + client);
                work.add(threads.submit(() -> fight(random)));
            }
            for (int i = 0; i < faults.length; i++) {
                Consumer<Random> fault = faults[i];
                Random random = new Random(seed - 1 - i);
                work.add(threads.submit(() -> fault.accept(random)));
            }
            await().atMost(LONGEST)
                    .until(() -> enough.getAsBoolean() || work.stream().anyMatch(Future::isDone));
            over.set(true);
            for (Future<?> each : work) {
                each.get();
            }
        } catch (Throwable failure) {
            brokenOff.add("The contest broke off: " + failure);
            throw failure;
        } finally {
            over.set(true);
            threads.shutdown();
        }
    }

    boolean isOver() {
        return over.get();
    }

    /** Sessions that clients have acquired, without those that they resumed. */
    int sessions() {
        return acquisitions.get();
    }

    /** The address of one of the pairs. */
    String anyPath() {
        return pairs.get(0).path;
    }

    /** Breaks the victims for this time, and counts it under this name. */
    <T> void fault(String name, Duration time, List<T> victims, Consumer<T> begin, Consumer<T> end) {
        count(name, victims.size());
        victims.forEach(begin);
        try {
            pause(time);
        } finally {
            victims.forEach(end);
        }
    }

    /** Counts faults that have been made. */
    void count(String name, int times) {
        faults.merge(name, times, Integer::sum);
    }

    private void fight(Random random) {
        while (!over.get()) {
            Pair pair = pairs.get(random.nextInt(pairs.size()));
            String token = stream(random, pair, null);
            // Some come back with their token, mostly to another instance and mostly in time.
            while (token != null && random.nextInt(4) == 0) {
                token = switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        cutOff(random, pair, token, CUT_OFF);
                        yield resume(random, pair, token);
                    }
                    case 2 -> stall(random, pair, token);
                    default -> resume(random, pair, token);
                };
            }
            // Most release their session. The others vanish, and their lock has to expire. They are few, or clients
            // would compete with locks that nobody holds.
            if (token != null && random.nextInt(60) > 0) {
                release(random, pair, token);
            }
        }
    }

    /** Streams a few messages over a new connection; returns the session's token, or null if there was no session. */
    private @Nullable String stream(Random random, Pair pair, @Nullable String previous) {
        String token = null;
        boolean released = false;
        Instant asked = Instant.MAX;
        Instant told = Instant.MAX;
        Instant lastMessage = Instant.MIN;
        long before = pair.epoch.get();
        try (EventStream stream = EventStream.open(HTTP, instance(random).url().resolve(pair.path), previous, LIMITS)) {
            Event session = stream.next(READ_TIMEOUT).orElse(null);
            if (session == null || session.id() == null) {
                return null;
            }
            long epoch = epoch(session);
            long highest = pair.epoch.getAndAccumulate(epoch, Math::max);
            if (epoch <= before) {
                pair.wrong.add("a session with the epoch " + epoch + ", requested when another had received " + before);
            } else if (epoch == highest) {
                pair.wrong.add("two sessions with the epoch " + epoch);
            }
            if (epoch < highest) {
                // If it was requested before the other was received, a stopped instance has sent it late.
                late.incrementAndGet();
                return null;
            }
            token = session.id();
            told = Instant.now();
            if (previous != null) {
                resumptions.incrementAndGet();
            } else if (acquisitions.incrementAndGet() % 1_000 == 0) {
                System.out.printf("%d sessions so far%n", acquisitions.get());
            }
            Instant freed = pair.freed.getAndSet(null);
            if (freed != null) {
                pair.freeToAcquired.add(Duration.between(freed, told));
            }
            int cutOffAt = random.nextInt(16) == 0 ? 1 + random.nextInt(manner.mostMessages) : 0;
            boolean readsOn = random.nextInt(4) == 0;
            for (int messages = 1 + random.nextInt(manner.mostMessages); messages > 0; messages--) {
                if (messages == cutOffAt) {
                    cutOff(random, pair, token, CUT_OFF_MEANWHILE);
                }
                Event message = stream.next(manner.patience).orElseThrow();
                lastMessage = made(message);
                if (epoch(message) != epoch) {
                    pair.wrong.add("in the session with the epoch " + epoch + ": " + message.data());
                }
            }
            if (readsOn) {
                asked = Instant.now();
                released = release(random, pair, token);
                count(READ_ON_AFTER_RELEASE, 1);
                Instant enough = Instant.now().plus(READ_ON);
                while (Instant.now().isBefore(enough)) {
                    lastMessage = made(stream.next(READ_TIMEOUT).orElseThrow());
                }
                if (released) {
                    pair.outlived.add("The stream of a released session goes on at " + pair.path);
                }
            }
        } catch (RefusedException e) {
            (e.status() == 409 ? refusals : failures).incrementAndGet();
            rest(random);
        } catch (StreamException | NoSuchElementException e) {
            if (released) {
                pair.releasedToOver.add(Duration.between(asked, Instant.now()));
            } else {
                failures.incrementAndGet();
                rest(random);
            }
        } finally {
            if (token != null) {
                pair.observations.add(new Observation(told, lastMessage));
            }
        }
        return released ? null : token;
    }

    private String resume(Random random, Pair pair, String token) {
        String resumed = stream(random, pair, token);
        return resumed == null ? token : resumed;
    }

    /** Resumes, stops reading, and resumes over another connection: that must end the first, unread as it is. */
    private String stall(Random random, Pair pair, String token) {
        URI url = instance(random).url();
        Socket socket = new Socket();
        String resumed = token;
        int timeout = Math.toIntExact(READ_TIMEOUT.toMillis());
        try {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), timeout);
            socket.setSoTimeout(timeout);
            socket.getOutputStream()
                    .write(("GET " + pair.path + " HTTP/1.0\r\nLast-Event-ID: " + token + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String next = idOfFirstEvent(socket.getInputStream());
            if (next != null) {
                count(STOPPED_READING, 1);
                pause(Duration.ofMillis(random.nextInt(1_000)));
                resumed = resume(random, pair, next);
                if (!resumed.equals(next)) {
                    stalled.add(socket);
                    if (stalled.size() > STALLED) {
                        close(stalled.remove());
                    }
                    return resumed;
                }
            }
        } catch (IOException e) {
            failures.incrementAndGet();
        }
        // Nobody has taken it over.
        close(socket);
        return resumed;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads byte by byte, so that nothing after it is read; null if there is none. */
    private static @Nullable String idOfFirstEvent(InputStream answer) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int read = answer.read(); read >= 0; read = answer.read()) {
            if (read != '\n') {
                line.append((char) read);
            } else if (line.indexOf("id: ") == 0) {
                return line.substring("id: ".length()).strip();
            } else {
                line.setLength(0);
            }
        }
        return null;
    }

    /** Sends a resume and leaves at a random moment, mostly before its answer. The token must stay good. */
    private void cutOff(Random random, Pair pair, String token, String name) {
        URI url = instance(random).url();
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream()
                    .write(("GET " + pair.path + " HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " + token + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            pause(Duration.ofNanos(random.nextInt(12_000_000)));
            count(name, 1);
        } catch (IOException e) {
            failures.incrementAndGet();
        }
    }

    private static long epoch(Event event) {
        Matcher epoch = EPOCH.matcher(event.data());
        return epoch.find() ? Long.parseLong(epoch.group(1)) : 0;
    }

    /** When a message was made; any other event here is the end of the stream. */
    private static Instant made(Event event) {
        Matcher timestamp = TIMESTAMP.matcher(event.data());
        if (!timestamp.find()) {
            throw new NoSuchElementException(event.name());
        }
        return Instant.parse(timestamp.group(1));
    }

    /** Releases the session at the first instance that does so; returns whether one has. */
    private boolean release(Random random, Pair pair, String token) {
        List<Instance> asked = new ArrayList<>(instances);
        Collections.shuffle(asked, random);
        for (Instance instance : asked) {
            HttpRequest goodbye = HttpRequest.newBuilder(instance.url().resolve(pair.path))
                    .timeout(READ_TIMEOUT)
                    .header("Last-Event-ID", token)
                    .DELETE()
                    .build();
            try {
                if (HTTP.send(goodbye, BodyHandlers.discarding()).statusCode() == 204) {
                    pair.freed.set(Instant.now());
                    return true;
                }
            } catch (IOException e) {
                failures.incrementAndGet();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return false;
    }

    /** Clients that retried at once would leave the machine no time for anything else. */
    private static void rest(Random random) {
        pause(Duration.ofMillis(100 + random.nextInt(400)));
    }

    Instance instance(Random random) {
        List<Instance> now = List.copyOf(instances);
        return now.get(random.nextInt(now.size()));
    }

    static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> overlaps() {
        return pairs.stream().flatMap(pair -> overlaps(pair).stream()).toList();
    }

    private static List<String> overlaps(Pair pair) {
        List<Observation> sessions = pair.observations.stream()
                .sorted(Comparator.comparing(Observation::told))
                .toList();
        List<String> overlaps = new ArrayList<>();
        Instant lastMessage = Instant.MIN;
        for (Observation session : sessions) {
            if (lastMessage.isAfter(session.told())) {
                overlaps.add(pair.path + ": one client got a message of " + lastMessage
                        + ", but another had got its session at " + session.told());
            }
            lastMessage = lastMessage.isAfter(session.lastMessage()) ? lastMessage : session.lastMessage();
        }
        return overlaps;
    }

    /** What is wrong with the epochs. */
    List<String> wrongEpochs() {
        return pairs.stream().flatMap(pair -> pair.wrong.stream()).toList();
    }

    /** All that is wrong, except overlaps. */
    List<String> violations() {
        return Stream.of(
                        wrongEpochs().stream(),
                        pairs.stream().flatMap(pair -> pair.outlived.stream()),
                        brokenOff.stream())
                .flatMap(Function.identity())
                .toList();
    }

    Map<String, Integer> faults() {
        return new TreeMap<>(faults);
    }

    /**
     * Waits until nothing is left of the clients: no stream, and no connection of one that does not read. Ended sessions
     * are over within 2 s; the clients that vanished last are cut off later, and the machine is busy.
     */
    void awaitNothingLeft() {
        for (Instance instance : instances) {
            await("streams of " + instance.url())
                    .atMost(NOTHING_LEFT)
                    .until(() -> instance.metric("kubescaler_stream_connections") == 0);
        }
        await("connections of clients that do not read")
                .atMost(NOTHING_LEFT)
                .untilAsserted(() -> assertThat(Connections.held(stalled)).isEmpty());
        stalled.forEach(Contest::close);
    }

    Evidence.Round evidence(Duration took) {
        return new Evidence.Round(
                LocalDate.now(ZoneOffset.UTC).toString(),
                seed,
                took.toSeconds(),
                acquisitions.get(),
                resumptions.get(),
                late.get(),
                faults(),
                overlaps().size(),
                violations());
    }

    void report(Duration took) {
        System.out.printf("seed %d, %d s%n", seed, took.toSeconds());
        System.out.printf(
                "%d sessions, %d resumptions, %d refusals (409), %d failed requests, %d late sessions%n",
                acquisitions.get(), resumptions.get(), refusals.get(), failures.get(), late.get());
        faults().forEach((fault, count) -> System.out.printf("fault: %s, %d times%n", fault, count));
        report("from free to acquired", pair -> pair.freeToAcquired);
        report("from a release to the end of its stream", pair -> pair.releasedToOver);
        System.out.printf(
                "overlaps: %d; with none in %d sessions, fewer than 1 in %d at 95 %% confidence%n",
                overlaps().size(), acquisitions.get(), acquisitions.get() / 3);
    }

    private void report(String what, Function<Pair, Queue<Duration>> times) {
        List<Long> millis = pairs.stream()
                .flatMap(pair -> times.apply(pair).stream())
                .map(Duration::toMillis)
                .sorted()
                .toList();
        if (!millis.isEmpty()) {
            System.out.printf(
                    "%s: median %d ms, 99%% within %d ms, all within %d ms%n",
                    what,
                    millis.get(millis.size() / 2),
                    millis.get((int) (millis.size() * 0.99)),
                    millis.get(millis.size() - 1));
        }
    }
}
