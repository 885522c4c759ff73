package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import io.kubescaler.client.RefusedException;
import io.kubescaler.client.StreamException;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
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
import java.nio.file.Path;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Many clients compete for few pairs over HTTP while Redis masters and instances are killed and stopped. Every message
 * that a client receives is an observation: it must not have been made after another client has received its session.
 *
 * <p>Both times come from one clock, that of this machine: when a client received its session, and when an instance
 * made a message.
 */
class ExclusivityFaultsIT {

    private static final int ACQUISITIONS = Integer.getInteger("kubescaler.faults.acquisitions", 600);
    private static final @Nullable String EVIDENCE = System.getProperty("kubescaler.evidence");
    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration LONGEST = Duration.ofMinutes(40);
    private static final Duration TTL = Duration.ofSeconds(4);
    private static final int PAIRS = 64;
    private static final int CLIENTS = 192;
    private static final int STALLED = 200;
    static final Duration READ_TIMEOUT = Duration.ofSeconds(2);
    static final Limits LIMITS = Limits.DEFAULT.withAnswer(READ_TIMEOUT);
    static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(READ_TIMEOUT)
            .build();
    private static final Pattern EPOCH = Pattern.compile("\"epoch\":(\\d+)");
    private static final Pattern TIMESTAMP = Pattern.compile("\"timestamp\":\"([^\"]+)\"");

    private static Platform platform;
    private static List<Instance> instances;

    private final List<Pair> pairs = new ArrayList<>();
    /** In one session. */
    private int mostMessages = 8;

    private final AtomicInteger acquisitions = new AtomicInteger();
    private final AtomicInteger resumptions = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Connections that nobody reads; they stay open, so that only the server can end them. */
    private final Queue<Socket> stalled = new ConcurrentLinkedQueue<>();

    private final Map<String, Integer> faults = new ConcurrentHashMap<>();

    /** One connection of a client: when it received its session, and the timestamp of its last message. */
    record Observation(Instant told, Instant lastMessage) {}

    static final class Pair {
        final String path;
        final Queue<Observation> observations = new ConcurrentLinkedQueue<>();

        /** The highest of all sessions so far. */
        final AtomicLong epoch = new AtomicLong();

        /** What is wrong with the epochs. */
        final Queue<String> wrong = new ConcurrentLinkedQueue<>();

        final Queue<Duration> freeToAcquired = new ConcurrentLinkedQueue<>();
        final AtomicReference<@Nullable Instant> freed = new AtomicReference<>();

        Pair(String path) {
            this.path = path;
        }
    }

    @BeforeAll
    static void start() throws IOException {
        platform = new Platform(5, RedisProcess.Durability.ALWAYS);
        instances = IntStream.rangeClosed(1, 3)
                .mapToObj(number -> platform.instance(
                        "contender-" + number,
                        "--kubescaler.redis.timeout=250ms",
                        "--kubescaler.base.timeout=2s",
                        "--kubescaler.lock.ttl=" + TTL.toMillis() + "ms",
                        "--kubescaler.lock.refresh-every=1s",
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.stream.socket-buffer=4KB",
                        "--kubescaler.stream.message-interval=20ms"))
                .toList();
    }

    @AfterAll
    static void stop() {
        instances.forEach(Instance::close);
        platform.close();
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void noTwoClientsEverStreamTheSamePair() throws Exception {
        Instant begin = Instant.now();
        contend(this::breakRedis, () -> acquisitions.get() >= ACQUISITIONS);

        for (Instance instance : instances) {
            await("streams of " + instance.url() + ", although " + stalled.size() + " connections are open")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> instance.metric("kubescaler_stream_connections") == 0);
        }
        stalled.forEach(ExclusivityFaultsIT::close);
        report(Duration.between(begin, Instant.now()));
        if (EVIDENCE != null) {
            Evidence.append(
                    Path.of(EVIDENCE),
                    new Evidence.Round(
                            LocalDate.now(ZoneOffset.UTC).toString(),
                            SEED,
                            Duration.between(begin, Instant.now()).toSeconds(),
                            acquisitions.get(),
                            resumptions.get(),
                            late.get(),
                            new TreeMap<>(faults),
                            overlaps().size()));
        }
        assertThat(overlaps()).isEmpty();
        assertThat(pairs).allSatisfy(pair -> assertThat(pair.wrong).isEmpty());
        assertThat(acquisitions).hasValueGreaterThanOrEqualTo(ACQUISITIONS);
        assertThat(faults.values().stream().mapToInt(Integer::intValue).sum()).isPositive();
    }

    /** A control: the lock cannot hold if all masters return empty at once, and this test has to see that. */
    @Test
    @EnabledIfSystemProperty(named = "kubescaler.evidence", matches = ".+", disabledReason = "only beside a long round")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void findsOverlapsIfTheMastersForget() throws Exception {
        mostMessages = 200;
        contend(
                this::makeRedisForget,
                () -> acquisitions.get() >= ACQUISITIONS || !overlaps().isEmpty());

        System.out.printf("control: %d overlaps in %d sessions%n", overlaps().size(), acquisitions.get());
        assertThat(overlaps()).isNotEmpty();
    }

    /** Lets the clients compete, with faults, until it is enough. */
    private void contend(Consumer<Random> redisFaults, BooleanSupplier enough) throws Exception {
        System.out.printf("seed %d: replay the faults with -Dkubescaler.seed=%<d%n", SEED);
        UUID user = platform.newUser();
        for (int i = 0; i < PAIRS; i++) {
            pairs.add(new Pair("/stream/" + user + "/" + platform.newProfile(user)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 2);
        List<Future<?>> work = new ArrayList<>();
        try {
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(SEED + client);
                work.add(threads.submit(() -> fight(random)));
            }
            work.add(threads.submit(() -> redisFaults.accept(new Random(SEED - 1))));
            work.add(threads.submit(() -> breakInstances(new Random(SEED - 2))));
            await().atMost(LONGEST)
                    .until(() -> enough.getAsBoolean() || work.stream().anyMatch(Future::isDone));
        } finally {
            over.set(true);
            threads.shutdown();
        }
        for (Future<?> each : work) {
            each.get();
        }
    }

    private void fight(Random random) {
        while (!over.get()) {
            Pair pair = pairs.get(random.nextInt(PAIRS));
            String token = stream(random, pair, null);
            // Some come back with their token, mostly to another instance and mostly in time.
            while (token != null && random.nextInt(4) == 0) {
                token = switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        cutOff(random, pair, token);
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
        Instant told = Instant.MAX;
        Instant lastMessage = Instant.MIN;
        try (EventStream stream = EventStream.open(HTTP, instance(random).url().resolve(pair.path), previous, LIMITS)) {
            Event session = stream.next(READ_TIMEOUT).orElse(null);
            if (session == null || session.id() == null) {
                return null;
            }
            long epoch = epoch(session);
            long highest = pair.epoch.getAndAccumulate(epoch, Math::max);
            if (epoch < highest) {
                // A stopped instance may send this late; a client drops it.
                late.incrementAndGet();
                return null;
            }
            if (epoch == highest) {
                pair.wrong.add("two sessions with the epoch " + epoch);
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
            for (int messages = 1 + random.nextInt(mostMessages); messages > 0; messages--) {
                Event message = stream.next(READ_TIMEOUT).orElseThrow();
                lastMessage = made(message);
                if (epoch(message) != epoch) {
                    pair.wrong.add("in the session with the epoch " + epoch + ": " + message.data());
                }
            }
        } catch (RefusedException e) {
            (e.status() == 409 ? refusals : failures).incrementAndGet();
            rest(random);
        } catch (StreamException | NoSuchElementException e) {
            failures.incrementAndGet();
            rest(random);
        } finally {
            if (token != null) {
                pair.observations.add(new Observation(told, lastMessage));
            }
        }
        return token;
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
                faults.merge("client stopped reading", 1, Integer::sum);
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
    private void cutOff(Random random, Pair pair, String token) {
        URI url = instance(random).url();
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream()
                    .write(("GET " + pair.path + " HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " + token + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            pause(Duration.ofNanos(random.nextInt(12_000_000)));
            faults.merge("resume cut off", 1, Integer::sum);
        } catch (IOException e) {
            failures.incrementAndGet();
        }
    }

    private static long epoch(Event event) {
        Matcher epoch = EPOCH.matcher(event.data());
        return epoch.find() ? Long.parseLong(epoch.group(1)) : 0;
    }

    /** When a message was made; any other event here is the end of the stream. */
    static Instant made(Event event) {
        Matcher timestamp = TIMESTAMP.matcher(event.data());
        if (!timestamp.find()) {
            throw new NoSuchElementException(event.name());
        }
        return Instant.parse(timestamp.group(1));
    }

    /** Releases the session at the first instance that answers. */
    private void release(Random random, Pair pair, String token) {
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
                    return;
                }
            } catch (IOException e) {
                failures.incrementAndGet();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Clients that retried at once would leave the machine no time for anything else. */
    private static void rest(Random random) {
        pause(Duration.ofMillis(100 + random.nextInt(400)));
    }

    /** Mostly breaks a minority of the masters, sometimes a majority. */
    private void breakRedis(Random random) {
        while (!over.get()) {
            int down = random.nextInt(8) == 0 ? 3 : 1 + random.nextInt(2);
            List<RedisProcess> victims = new ArrayList<>(platform.redis());
            Collections.shuffle(victims, random);
            List<RedisProcess> chosen = victims.subList(0, down);
            Duration time = Duration.ofMillis(200 + random.nextInt(2_500));
            switch (random.nextInt(5)) {
                case 0 ->
                    // Losing its data is harmless if it stays away until its keys have expired.
                    fault(
                            "Redis killed and restarted empty after a TTL",
                            TTL.plusMillis(200),
                            chosen.subList(0, 1),
                            RedisProcess::kill,
                            ExclusivityFaultsIT::startEmpty);
                case 1 ->
                    fault(
                            "Redis killed and restarted with its data",
                            time,
                            chosen,
                            RedisProcess::kill,
                            RedisProcess::start);
                case 2 -> fault("Redis stopped", time, chosen, RedisProcess::suspend, RedisProcess::resume);
                case 3 ->
                    fault(
                            "Redis paused for its clients",
                            time,
                            chosen,
                            node -> command(node, "CLIENT PAUSE " + time.toMillis() + " ALL"),
                            node -> {});
                default ->
                    fault(
                            "Redis busy with a long script",
                            time,
                            chosen,
                            node -> command(
                                    node,
                                    "EVAL \"local t = redis.call('TIME')[1] + 1;"
                                            + " while redis.call('TIME')[1] + 0 < t do end\" 0"),
                            node -> {});
            }
            pause(Duration.ofMillis(random.nextInt(1_000)));
        }
    }

    private void breakInstances(Random random) {
        while (!over.get()) {
            pause(Duration.ofMillis(2_000 + random.nextInt(6_000)));
            List<Instance> chosen = List.of(instance(random));
            if (random.nextBoolean()) {
                Duration time = TTL.plusMillis(random.nextInt(3_000));
                fault(
                        "instance stopped for longer than a lease",
                        time,
                        chosen,
                        each -> each.process().suspend(),
                        each -> each.process().resume());
            } else {
                fault(
                        "instance killed",
                        Duration.ZERO,
                        chosen,
                        each -> each.process().kill(),
                        each -> each.process().start());
            }
        }
    }

    private void makeRedisForget(Random random) {
        while (!over.get()) {
            fault(
                    "all of Redis killed and restarted empty at once",
                    Duration.ZERO,
                    platform.redis(),
                    RedisProcess::kill,
                    ExclusivityFaultsIT::startEmpty);
            pause(Duration.ofMillis(500 + random.nextInt(1_000)));
        }
    }

    private static void startEmpty(RedisProcess node) {
        try {
            node.erase();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.start();
    }

    private <T> void fault(String name, Duration time, List<T> victims, Consumer<T> begin, Consumer<T> end) {
        faults.merge(name, victims.size(), Integer::sum);
        victims.forEach(begin);
        try {
            pause(time);
        } finally {
            victims.forEach(end);
        }
    }

    private Instance instance(Random random) {
        return instances.get(random.nextInt(instances.size()));
    }

    static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a command without waiting for the answer. */
    private static void command(RedisProcess node, String command) {
        try {
            RedisCommand.begin(node.uri(), command).close();
        } catch (IOException e) {
            throw new IllegalStateException("A Redis master cannot be reached", e);
        }
    }

    private List<String> overlaps() {
        return pairs.stream().flatMap(pair -> overlaps(pair).stream()).toList();
    }

    static List<String> overlaps(Pair pair) {
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

    private void report(Duration took) {
        List<Duration> waits = pairs.stream()
                .flatMap(pair -> pair.freeToAcquired.stream())
                .sorted()
                .toList();
        System.out.printf("seed %d, %d s%n", SEED, took.toSeconds());
        System.out.printf(
                "%d sessions, %d resumptions, %d refusals (409), %d failed requests, %d late sessions%n",
                acquisitions.get(), resumptions.get(), refusals.get(), failures.get(), late.get());
        new TreeMap<>(faults).forEach((fault, count) -> System.out.printf("fault: %s, %d times%n", fault, count));
        if (!waits.isEmpty()) {
            System.out.printf(
                    "from free to acquired: median %d ms, 99%% within %d ms%n",
                    waits.get(waits.size() / 2).toMillis(),
                    waits.get((int) (waits.size() * 0.99)).toMillis());
        }
        System.out.printf(
                "overlaps: %d; with none in %d sessions, fewer than 1 in %d at 95 %% confidence%n",
                overlaps().size(), acquisitions.get(), acquisitions.get() / 3);
    }
}
