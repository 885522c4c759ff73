package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.addresses;
import static io.kubescaler.stream.session.Alteration.STANDING_CLOCK;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.RedisProcess.Durability;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.session.MastersNetwork.Direction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many clients compete for few pairs over HTTP while Redis masters and instances are killed and stopped, the network
 * between them is cut one way, and the list of masters changes.
 */
class ExclusivityFaultsIT {

    private static final int ACQUISITIONS = Integer.getInteger("kubescaler.faults.acquisitions", 400);
    private static final @Nullable String EVIDENCE = System.getProperty("kubescaler.evidence");
    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration TTL = Duration.ofSeconds(4);
    private static final int MASTERS = 5;

    private static final String REMOVED = "master removed from the list";
    private static final String ADDED = "master added to the list";

    /** The first change of the list of masters comes in the short round, too. */
    private static final Duration FIRST_CHANGE = Duration.ofSeconds(10);

    /** Between two changes: all instances restart, so more of them would leave little time for the clients. */
    private static final Duration CHANGE_AFTER = Duration.ofMinutes(1);

    /** The classes of the instance whose clock stands still while it is stopped, as if its machine were suspended. */
    private static List<Path> standing;

    private static @Nullable MastersNetwork network;
    private static Platform platform;
    private static List<Instance> instances;

    /** The masters that the instances use, in their order. */
    private static List<RedisProcess> masters;

    private Contest contest;

    /** @param fault called with the name under which it is counted */
    private record Nemesis(String name, BiConsumer<String, Random> fault) {

        void strike(Random random) {
            fault.accept(name, random);
        }
    }

    /** Each nemesis once, in random order, and again from the beginning: chance leaves none out. */
    private static final class Deck {

        private final List<Nemesis> all;
        private final Random random;
        private final Deque<Nemesis> left = new ArrayDeque<>();

        Deck(List<Nemesis> all, Random random) {
            this.all = new ArrayList<>(all);
            this.random = random;
        }

        Nemesis next() {
            if (left.isEmpty()) {
                Collections.shuffle(all, random);
                left.addAll(all);
            }
            return left.remove();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        standing = List.of(Alteration.build(STANDING_CLOCK));
        network = MastersNetwork.open();
        masters = network == null
                ? RedisProcess.masters(MASTERS, Platform.REDIS, Durability.ALWAYS)
                : network.masters(MASTERS, Platform.REDIS, Durability.ALWAYS);
        platform = new Platform(masters);
        instances = new CopyOnWriteArrayList<>();
        for (int number = 1; number <= 3; number++) {
            instances.add(startInstance(number));
        }
    }

    private static Instance startInstance(int number) {
        Instance instance = platform.create(
                "contender-" + number,
                number == 1 ? standing : List.of(),
                addresses(masters),
                List.of(),
                "--kubescaler.redis.timeout=250ms",
                "--kubescaler.base.timeout=2s",
                "--kubescaler.lock.ttl=" + TTL.toMillis() + "ms",
                "--kubescaler.lock.refresh-every=1s",
                "--kubescaler.stream.message-size=100B",
                "--kubescaler.stream.socket-buffer=4KB",
                "--kubescaler.stream.message-interval=20ms");
        instance.service().start();
        return instance;
    }

    @AfterAll
    static void stop() {
        if (instances != null) {
            instances.forEach(Instance::close);
        }
        if (platform != null) {
            platform.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void noTwoClientsEverStreamTheSamePair() throws Exception {
        Instant begin = Instant.now();
        contest = new Contest(platform, instances, Contest.Manner.DEFAULT, SEED);
        try {
            contest.run(
                    () -> contest.sessions() >= ACQUISITIONS && missing().isEmpty(),
                    this::breakRedis,
                    this::breakInstances);
        } finally {
            Duration took = Duration.between(begin, Instant.now());
            contest.report(took);
            if (EVIDENCE != null) {
                Evidence.append(Path.of(EVIDENCE), contest.evidence(took));
            }
        }
        contest.awaitNothingLeft();
        assertThat(contest.overlaps()).isEmpty();
        assertThat(contest.violations()).isEmpty();
        assertThat(contest.sessions()).isGreaterThanOrEqualTo(ACQUISITIONS);
        assertThat(missing()).isEmpty();
    }

    /** What has not occurred, but must: in the short round, one of the masters' and one of the instances' are enough. */
    private Set<String> missing() {
        Set<String> occurred = contest.faults().keySet();
        Set<String> missing = new HashSet<>(Contest.BY_CLIENTS);
        for (List<Nemesis> all : List.of(ofMasters(), ofInstances())) {
            List<String> names = all.stream().map(Nemesis::name).toList();
            if (EVIDENCE != null || Collections.disjoint(occurred, names)) {
                missing.addAll(names);
            }
        }
        if (EVIDENCE != null) {
            missing.addAll(List.of(REMOVED, ADDED));
        }
        missing.removeAll(occurred);
        return missing;
    }

    /** What befalls masters: mostly a minority of them, sometimes a majority. */
    private List<Nemesis> ofMasters() {
        List<Nemesis> all = new ArrayList<>(List.of(
                // Losing its data is harmless if it stays away until its keys, and lists of masters, have expired.
                new Nemesis(
                        "Redis killed and restarted empty after two TTLs",
                        (name, random) -> fault(
                                name,
                                TTL.multipliedBy(2).plusMillis(200),
                                victims(random).subList(0, 1),
                                RedisProcess::kill,
                                ExclusivityFaultsIT::startEmpty)),
                new Nemesis(
                        "Redis killed and restarted with its data",
                        (name, random) ->
                                fault(name, briefly(random), victims(random), RedisProcess::kill, RedisProcess::start)),
                new Nemesis(
                        "Redis stopped",
                        (name, random) -> fault(
                                name, briefly(random), victims(random), RedisProcess::suspend, RedisProcess::resume)),
                new Nemesis("Redis paused for its clients", (name, random) -> {
                    Duration time = briefly(random);
                    fault(
                            name,
                            time,
                            victims(random),
                            node -> command(node, "CLIENT PAUSE " + time.toMillis() + " ALL"),
                            node -> {});
                }),
                new Nemesis(
                        "Redis busy with a long script",
                        (name, random) -> fault(
                                name,
                                briefly(random),
                                victims(random),
                                node -> command(
                                        node,
                                        "EVAL \"local t = redis.call('TIME')[1] + 1;"
                                                + " while redis.call('TIME')[1] + 0 < t do end\" 0"),
                                node -> {}))));
        if (network != null) {
            for (Direction direction : Direction.values()) {
                all.add(new Nemesis(
                        direction.words() + " lost", (name, random) -> cut(network, name, direction, null, random)));
                all.add(new Nemesis(
                        direction.words() + " lost for one instance",
                        (name, random) -> cut(network, name, direction, contest.instance(random), random)));
            }
        }
        return all;
    }

    private List<Nemesis> ofInstances() {
        return List.of(
                new Nemesis(
                        "instance killed",
                        (name, random) -> fault(
                                name,
                                Duration.ZERO,
                                List.of(contest.instance(random)),
                                each -> each.process().kill(),
                                each -> each.process().start())),
                new Nemesis(
                        "instance and its monotonic clock stopped for longer than a lease",
                        (name, random) -> stop(name, instances.get(0), random)),
                new Nemesis(
                        "instance stopped for longer than a lease",
                        (name, random) -> stop(name, instances.get(1 + random.nextInt(instances.size() - 1)), random)));
    }

    private void stop(String name, Instance instance, Random random) {
        fault(
                name,
                TTL.plusMillis(random.nextInt(3_000)),
                List.of(instance),
                each -> each.process().suspend(),
                each -> each.process().resume());
    }

    private static List<RedisProcess> victims(Random random) {
        List<RedisProcess> victims = new ArrayList<>(platform.redis());
        Collections.shuffle(victims, random);
        return victims.subList(0, random.nextInt(8) == 0 ? 3 : 1 + random.nextInt(2));
    }

    private static Duration briefly(Random random) {
        return Duration.ofMillis(200 + random.nextInt(2_500));
    }

    private void breakRedis(Random random) {
        Deck deck = new Deck(ofMasters(), random);
        while (!contest.isOver()) {
            deck.next().strike(random);
            Contest.pause(Duration.ofMillis(random.nextInt(1_000)));
        }
    }

    /** Cuts the network one way, for all instances or for one. Only a cut that lost packets is a fault. */
    private void cut(MastersNetwork network, String name, Direction direction, @Nullable Instance only, Random random) {
        for (RedisProcess master : victims(random)) {
            if (only == null) {
                network.lose(direction, master);
            } else {
                network.lose(direction, master, only.process().pid());
            }
        }
        Contest.pause(briefly(random));
        int lost = network.mend();
        if (lost > 0) {
            contest.count(name, lost);
        }
    }

    private void breakInstances(Random random) {
        Deck deck = new Deck(ofInstances(), random);
        Instant nextChange = Instant.now().plus(FIRST_CHANGE);
        while (!contest.isOver()) {
            Contest.pause(Duration.ofMillis(2_000 + random.nextInt(6_000)));
            if (Instant.now().isAfter(nextChange)) {
                changeMasters(random);
                nextChange = Instant.now().plus(CHANGE_AFTER);
            } else {
                deck.next().strike(random);
            }
        }
    }

    /** Removes a master from the list, or adds the removed one: the instances follow one after the other. */
    private void changeMasters(Random random) {
        boolean removes = masters.size() == MASTERS;
        masters = new ArrayList<>(platform.redis());
        if (removes) {
            masters.remove(random.nextInt(MASTERS));
        }
        for (int i = 0; i < instances.size(); i++) {
            instances.get(i).close();
            // It may wait until all masters of a new list have answered; the clients go on with the others.
            instances.set(i, startInstance(i + 1));
        }
        contest.count(removes ? REMOVED : ADDED, 1);
        Contest.pause(TTL);
    }

    static void startEmpty(RedisProcess node) {
        try {
            node.erase();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.start();
    }

    private <T> void fault(String name, Duration time, List<T> victims, Consumer<T> begin, Consumer<T> end) {
        contest.fault(name, time, victims, begin, end);
    }

    /** Sends a command without waiting for the answer. */
    private static void command(RedisProcess node, String command) {
        try {
            RedisCommand.begin(node.uri(), command).close();
        } catch (IOException e) {
            throw new IllegalStateException("A Redis master cannot be reached", e);
        }
    }
}
