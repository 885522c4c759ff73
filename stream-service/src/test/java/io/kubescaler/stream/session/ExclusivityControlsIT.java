package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.addresses;
import static io.kubescaler.stream.session.Alteration.CLOCK_WITHOUT_SUSPEND;
import static io.kubescaler.stream.session.Alteration.COUNTED_FROM_ANSWER;
import static io.kubescaler.stream.session.Alteration.EPOCH_FORGOTTEN;
import static io.kubescaler.stream.session.Alteration.EPOCH_NOT_WRITTEN_BACK;
import static io.kubescaler.stream.session.Alteration.EPOCH_ON_ONE_NODE;
import static io.kubescaler.stream.session.Alteration.FREED_WHEN_CUT_OFF;
import static io.kubescaler.stream.session.Alteration.LISTS_UNCHECKED;
import static io.kubescaler.stream.session.Alteration.NO_DRIFT_MARGIN;
import static io.kubescaler.stream.session.Alteration.RELEASED_UNCONFIRMED;
import static io.kubescaler.stream.session.Alteration.SHIFTED_CLOCK;
import static io.kubescaler.stream.session.Alteration.SLOW_CLOCK;
import static io.kubescaler.stream.session.Alteration.STANDING_CLOCK;
import static io.kubescaler.stream.session.Alteration.UNFENCED_HOLDER;
import static io.kubescaler.stream.session.Contest.pause;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.session.Contest.Manner;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The clients and the checks of {@link ExclusivityFaultsIT}, with instances that have a deliberate error, or masters that
 * forget. If a check stops finding one, it is broken. Clocks of other kinds alone must do no harm.
 */
@EnabledIfSystemProperty(named = "kubescaler.evidence", matches = ".+", disabledReason = "only beside a long round")
class ExclusivityControlsIT {

    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Of the rounds that must find nothing. */
    private static final Duration HARMLESS = Duration.ofSeconds(60);

    private static final Duration TTL = Duration.ofSeconds(4);
    private static final Manner LONG_SESSIONS =
            Manner.DEFAULT.withMostMessages(200).withPatience(TTL.multipliedBy(3));
    private static final List<String> SETTINGS = settings(TTL, Duration.ofSeconds(1), Duration.ofMillis(250));
    /** One percent of it is long enough for another client to come. */
    private static final Duration LONG_TTL = Duration.ofSeconds(20);

    private static final List<String> OFTEN = settings(LONG_TTL, Duration.ofMillis(200), Duration.ofMillis(50));
    private static final Manner DRIFT =
            LONG_SESSIONS.with(16, 192).withMostMessages(500).withPatience(LONG_TTL.plusSeconds(5));

    /** As long as most sessions, so that those of other instances end. */
    private static final Duration GATHERING = Duration.ofSeconds(4);

    /** Of late answers: shorter than the node timeout, so that they count, and than the refresh interval. */
    private static final Duration DELAY = Duration.ofMillis(550);

    private static final Duration LATE_TTL = Duration.ofSeconds(6);
    private static final Duration LATE_REFRESH = Duration.ofMillis(1_500);
    private static final List<String> LATE = settings(LATE_TTL, LATE_REFRESH, Duration.ofMillis(700));
    private static final Manner LATE_SESSIONS =
            LONG_SESSIONS.with(16, 192).withMostMessages(1_000).withPatience(LATE_TTL.multipliedBy(2));

    private static Platform platform;

    private final List<Instance> started = new ArrayList<>();

    /** Those to which clients come. */
    private final CopyOnWriteArrayList<Instance> instances = new CopyOnWriteArrayList<>();

    /** The ways to the masters, if answers are to be late. */
    private final List<LateAnswers> ways = new ArrayList<>();

    private Contest contest;

    @BeforeAll
    static void start() throws IOException {
        platform = new Platform(5, RedisProcess.Durability.ALWAYS);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @AfterEach
    void stopInstances() {
        started.forEach(Instance::close);
        ways.forEach(LateAnswers::close);
    }

    @Test
    void findsMastersThatForget() throws Exception {
        startThree(List.of());
        mustFindOverlaps("masters that forget", LONG_SESSIONS, this::makeRedisForget);
    }

    @Test
    void findsAnUnfencedHolder() throws Exception {
        startThree(List.of(Alteration.build(UNFENCED_HOLDER)));
        mustFindOverlaps("UNFENCED_HOLDER", LONG_SESSIONS, this::stopInstance);
    }

    @Test
    void findsNothingWhileTheClockStandsStill() throws Exception {
        startThree(List.of(Alteration.build(STANDING_CLOCK)));
        mustFindNothing("STANDING_CLOCK", LONG_SESSIONS, this::stopInstance);
    }

    @Test
    void findsAClockWithoutSuspend() throws Exception {
        startThree(List.of(Alteration.build(STANDING_CLOCK, CLOCK_WITHOUT_SUSPEND)));
        mustFindOverlaps("CLOCK_WITHOUT_SUSPEND", LONG_SESSIONS, this::stopInstance);
    }

    @Test
    void findsAResumeThatFreesThePairWhenItIsCutOff() throws Exception {
        startThree(List.of(Alteration.build(FREED_WHEN_CUT_OFF)));
        mustFindOverlaps("FREED_WHEN_CUT_OFF", LONG_SESSIONS, this::stopMaster);
    }

    @Test
    void findsAReleaseThatDoesNotWaitForTheStream() throws Exception {
        startThree(List.of(Alteration.build(RELEASED_UNCONFIRMED)));
        mustFindOverlaps("RELEASED_UNCONFIRMED", Manner.DEFAULT.with(16, 192), this::stopInstanceBriefly);
    }

    @Test
    void findsListsThatNobodyChecks() throws Exception {
        List<Path> unchecked = List.of(Alteration.build(LISTS_UNCHECKED));
        for (int masters : new int[] {3, 5}) {
            start("of-" + masters, unchecked, addresses(platform.redis().subList(0, masters)), List.of(), SETTINGS);
        }
        mustFindOverlaps("LISTS_UNCHECKED", LONG_SESSIONS, this::stopMaster);
    }

    @Test
    void findsNothingWhileTheTimesOfDayDiffer() throws Exception {
        startShifted(SHIFTED_CLOCK);
        mustFindNothing("SHIFTED_CLOCK", Manner.DEFAULT, this::stopMaster);
    }

    @Test
    void findsAnEpochThatIsNotWrittenBack() throws Exception {
        startShifted(SHIFTED_CLOCK, EPOCH_NOT_WRITTEN_BACK);
        mustFindWrongEpochs("EPOCH_NOT_WRITTEN_BACK");
    }

    @Test
    void findsAnEpochOnOneNode() throws Exception {
        startShifted(SHIFTED_CLOCK, EPOCH_ON_ONE_NODE);
        mustFindWrongEpochs("EPOCH_ON_ONE_NODE");
    }

    @Test
    void findsAnEpochThatIsForgotten() throws Exception {
        startShifted(SHIFTED_CLOCK, EPOCH_FORGOTTEN);
        mustFindWrongEpochs("EPOCH_FORGOTTEN");
    }

    @Test
    void findsNothingWhileTheClocksAreSlow() throws Exception {
        startThree(List.of(Alteration.build(SLOW_CLOCK)), addresses(platform.redis()), OFTEN);
        mustFindNothing("SLOW_CLOCK", DRIFT, this::stopForTheMargin);
    }

    @Test
    void findsThatTheMarginForDriftIsMissing() throws Exception {
        startThree(List.of(Alteration.build(SLOW_CLOCK, NO_DRIFT_MARGIN)), addresses(platform.redis()), OFTEN);
        mustFindOverlaps("NO_DRIFT_MARGIN", DRIFT, this::stopForTheMargin);
    }

    @Test
    void findsNothingWhileAnswersAreLate() throws Exception {
        startThree(List.of(), lateMasters(), LATE);
        mustFindNothing("late answers", LATE_SESSIONS, this::stopAfterLateAnswers);
    }

    @Test
    void findsAnExpiryThatCountsFromTheAnswer() throws Exception {
        startThree(List.of(Alteration.build(COUNTED_FROM_ANSWER)), lateMasters(), LATE);
        mustFindOverlaps("COUNTED_FROM_ANSWER", LATE_SESSIONS, this::stopAfterLateAnswers);
    }

    private List<URI> lateMasters() {
        platform.redis().forEach(master -> ways.add(new LateAnswers(master)));
        return ways.stream().map(LateAnswers::uri).toList();
    }

    private static List<String> settings(Duration ttl, Duration refreshEvery, Duration nodeTimeout) {
        return List.of(
                "--kubescaler.redis.timeout=" + nodeTimeout.toMillis() + "ms",
                "--kubescaler.base.timeout=2s",
                "--kubescaler.lock.ttl=" + ttl.toMillis() + "ms",
                "--kubescaler.lock.refresh-every=" + refreshEvery.toMillis() + "ms",
                "--kubescaler.stream.message-size=100B",
                "--kubescaler.stream.message-interval=10ms");
    }

    private void startThree(List<Path> replacements) {
        startThree(replacements, addresses(platform.redis()), SETTINGS);
    }

    private void startThree(List<Path> replacements, List<URI> masters, List<String> settings) {
        for (int number = 1; number <= 3; number++) {
            start("altered-" + number, replacements, masters, List.of(), settings);
        }
    }

    /** Three instances whose times of day differ by almost a TTL. */
    private void startShifted(Alteration... alterations) throws IOException {
        List<Path> replacements = List.of(Alteration.build(alterations));
        for (int number = -1; number <= 1; number++) {
            long shift = number * (TTL.toMillis() / 2 - 100);
            start(
                    "shifted-by-" + shift,
                    replacements,
                    addresses(platform.redis()),
                    List.of("-Dkubescaler.shift=" + shift),
                    SETTINGS);
        }
    }

    private void start(
            String name, List<Path> replacements, List<URI> masters, List<String> jvmOptions, List<String> settings) {
        Instance instance = platform.create(name, replacements, masters, jvmOptions, settings.toArray(String[]::new));
        started.add(instance);
        instances.add(instance);
        instance.service().start();
    }

    private void mustFindOverlaps(String control, Manner manner, Consumer<Random> fault) throws Exception {
        mustFind(control, manner, fault, Contest::overlaps);
    }

    private void mustFindWrongEpochs(String control) throws Exception {
        mustFind(control, Manner.DEFAULT, this::stopMaster, Contest::wrongEpochs);
    }

    private void mustFind(String control, Manner manner, Consumer<Random> fault, Function<Contest, List<String>> found)
            throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        contend(
                control,
                manner,
                fault,
                () -> !found.apply(contest).isEmpty() || Instant.now().isAfter(end));
        assertThat(found.apply(contest)).isNotEmpty();
    }

    private void mustFindNothing(String clock, Manner manner, Consumer<Random> fault) throws Exception {
        Instant end = Instant.now().plus(HARMLESS);
        contend(clock, manner, fault, () -> Instant.now().isAfter(end));
        assertThat(contest.overlaps()).isEmpty();
        assertThat(contest.violations()).isEmpty();
    }

    private void contend(String control, Manner manner, Consumer<Random> fault, BooleanSupplier enough)
            throws Exception {
        Instant begin = Instant.now();
        contest = new Contest(platform, instances, manner, SEED);
        contest.run(enough, fault);
        Duration took = Duration.between(begin, Instant.now());
        contest.report(took);
        System.out.printf(
                "control %s: %d overlaps, %d wrong epochs in %d sessions, %d s%n",
                control, contest.overlaps().size(), contest.wrongEpochs().size(), contest.sessions(), took.toSeconds());
        comeOnlyTo(started);
        contest.awaitNothingLeft();
    }

    private void stopInstance(Random random) {
        while (!contest.isOver()) {
            pause(Duration.ofMillis(1_000 + random.nextInt(2_000)));
            contest.fault(
                    "instance stopped for longer than a lease",
                    TTL.plusMillis(random.nextInt(2_000)),
                    List.of(contest.instance(random)),
                    each -> each.process().suspend(),
                    each -> each.process().resume());
        }
    }

    /** Its sessions stay valid. */
    private void stopInstanceBriefly(Random random) {
        while (!contest.isOver()) {
            pause(Duration.ofMillis(random.nextInt(1_000)));
            contest.fault(
                    "instance stopped for less than a lease",
                    Duration.ofMillis(300 + random.nextInt(1_200)),
                    List.of(contest.instance(random)),
                    each -> each.process().suspend(),
                    each -> each.process().resume());
        }
    }

    /** Until the keys have expired, but not yet the leases of a clock that is slower by almost one percent. */
    private void stopForTheMargin(Random random) {
        while (!contest.isOver()) {
            Instance victim = gather(random);
            stopAside("instance stopped for a TTL", LONG_TTL.plusMillis(random.nextInt(80) - 50L), victim);
        }
    }

    /**
     * Until the keys have expired, but not yet the leases that count from late answers. Meanwhile no answer is late: an
     * acquisition needs two, and would last longer than such a lease.
     */
    private void stopAfterLateAnswers(Random random) {
        while (!contest.isOver()) {
            Instance victim = gather(random);
            ways.forEach(way -> way.delay(DELAY));
            pause(LATE_REFRESH.plus(DELAY).plusMillis(random.nextInt(200)));
            ways.forEach(way -> way.delay(Duration.ZERO));
            stopAside(
                    "instance stopped for almost a TTL, after late answers",
                    LATE_TTL.minusMillis(400 + random.nextInt(600)),
                    victim);
        }
    }

    /** Lets all clients come to one instance, so that it has most of the sessions; returns it. */
    private Instance gather(Random random) {
        Instance one = started.get(random.nextInt(started.size()));
        comeOnlyTo(List.of(one));
        pause(GATHERING);
        return one;
    }

    private void comeOnlyTo(List<Instance> some) {
        instances.addAllAbsent(some);
        instances.retainAll(some);
    }

    /** Stops an instance to which no client comes meanwhile. */
    private void stopAside(String name, Duration time, Instance victim) {
        contest.fault(
                name,
                time,
                List.of(victim),
                each -> {
                    comeOnlyTo(started.stream().filter(other -> other != each).toList());
                    each.process().suspend();
                },
                each -> {
                    each.process().resume();
                    instances.add(each);
                });
    }

    private void stopMaster(Random random) {
        while (!contest.isOver()) {
            contest.fault(
                    "Redis stopped",
                    Duration.ofMillis(200 + random.nextInt(1_000)),
                    List.of(platform.redis().get(random.nextInt(3))),
                    RedisProcess::suspend,
                    RedisProcess::resume);
            pause(Duration.ofMillis(random.nextInt(1_000)));
        }
    }

    private void makeRedisForget(Random random) {
        while (!contest.isOver()) {
            contest.fault(
                    "all of Redis killed and restarted empty at once",
                    Duration.ZERO,
                    platform.redis(),
                    RedisProcess::kill,
                    ExclusivityFaultsIT::startEmpty);
            pause(Duration.ofMillis(500 + random.nextInt(1_000)));
        }
    }
}
