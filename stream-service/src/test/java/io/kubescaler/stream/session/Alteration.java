package io.kubescaler.stream.session;

import io.kubescaler.stream.ChangedProgram;
import io.kubescaler.stream.ChangedProgram.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What an instance can have instead of its own: a clock of another kind, or an error, to show that a test finds it. */
enum Alteration {
    /** The monotonic clock stands still while the process is stopped. The lock must hold. */
    STANDING_CLOCK(
            "SystemTiming.java",
            "new WatchedClock(System::nanoTime,",
            "new WatchedClock(%s,".formatted(StandingClock.class.getName() + "::nanoTime")),
    /** All clocks are 0.98 % slower than those of the masters. The lock must hold. */
    SLOW_CLOCK(
            "SystemTiming.java",
            "new WatchedClock(System::nanoTime, () -> TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()))",
            "new WatchedClock(() -> (long) (0.9902 * System.nanoTime()),"
                    + " () -> (long) (0.9902 * TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis())))"),
    /** The time of day differs by the milliseconds of a system property. The epochs must grow. */
    SHIFTED_CLOCK(
            "SystemTiming.java",
            "return Instant.now();",
            "return Instant.now().plusMillis(Long.getLong(\"kubescaler.shift\"));"),

    /** A holder goes on until the masters report that another has the lock. */
    UNFENCED_HOLDER("Lease.java", "this.usableNanos = usable.toNanos();", "this.usableNanos = Long.MAX_VALUE / 4;"),
    /** With the standing clock: nothing watches it. */
    CLOCK_WITHOUT_SUSPEND(
            "SystemTiming.java",
            "return clock.nanoTime();",
            "return %s.nanoTime();".formatted(StandingClock.class.getName())),
    /** A lease lasts as long as its keys, although the masters' clocks may be faster. */
    NO_DRIFT_MARGIN(
            "RedLockSettings.java",
            "return ttl.minusNanos((long) (ttl.toNanos() * drift)).minus(EXPIRY_RESOLUTION);",
            "return ttl;"),
    /** A holder counts the expiry from the answer, not from sending the request. */
    COUNTED_FROM_ANSWER("Poll.java", ".whenComplete((reply, failure) -> answered(node, reply, failure));", """
            .whenComplete((reply, failure) -> {
                synchronized (answers) {
                    answers.sent[node] = timing.nanoTime();
                }
                answered(node, reply, failure);
            });"""),
    /** A resume whose client leaves before it is announced frees the pair, instead of giving it back. */
    FREED_WHEN_CUT_OFF(
            Alteration.SCRIPTS + "undo.lua",
            "local lock = parse(held)",
            "local lock = parse(held)\nif lock.owner == ARGV[1] then return redis.call('DEL', KEYS[1], KEYS[2]) end"),
    /** A release frees the pair before the instance has confirmed that the stream is over. */
    RELEASED_UNCONFIRMED(Alteration.SCRIPTS + "release.lua", "if mayStream(lock) then", "if false then"),
    /** Masters admit every list of masters. */
    LISTS_UNCHECKED(Alteration.SCRIPTS + "join.lua", "if difference > 1 then", "if false then"),
    /** The epoch is the highest of a quorum, but nobody writes it back: each master counts for itself. */
    EPOCH_NOT_WRITTEN_BACK(
            Alteration.SCRIPTS + "epoch.lua",
            "redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])",
            "redis.call('SET', KEYS[2], known + 1, 'PX', ARGV[3])"),
    /** One master alone counts the epochs. */
    EPOCH_ON_ONE_NODE(
            "RedLock.java",
            "return ask(node -> node.recordEpoch(resource, owner, lease.epoch(), EPOCH_KEPT), answers -> {",
            "return ask(node -> node == nodes.get(0) ? node.recordEpoch(resource, owner, lease.epoch(), EPOCH_KEPT)"
                    + " : CompletableFuture.<Boolean>completedStage(true), answers -> {"),
    /** A master forgets the epoch with the lock. */
    EPOCH_FORGOTTEN(
            Alteration.SCRIPTS + "acquire.lua",
            "local since = held and",
            "if not held then redis.call('DEL', KEYS[4]) end\nlocal since = held and");

    private static final String SCRIPTS = "redlock/src/main/resources/io/kubescaler/redlock/redisson/";

    private final Change change;

    /** @param file below the root of the project, or a class of redlock */
    Alteration(String file, String place, String replacement) {
        change = new Change(
                file.contains("/") ? file : "redlock/src/main/java/io/kubescaler/redlock/" + file, place, replacement);
    }

    /** Returns the directory of the changed classes and resources. */
    static Path build(Alteration... alterations) throws IOException {
        return ChangedProgram.build(
                Arrays.stream(alterations).map(Enum::name).collect(Collectors.joining("-")),
                Arrays.stream(alterations).map(each -> each.change).toList());
    }
}
