package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.redlock.LockNode.AcquireReply;
import io.kubescaler.redlock.LockNode.AcquireReply.Ended;
import io.kubescaler.redlock.LockNode.AcquireReply.Held;
import io.kubescaler.redlock.LockNode.AcquireReply.Taken;
import io.kubescaler.redlock.LockNode.Entry;
import io.kubescaler.redlock.LockNode.ExtendReply;
import io.kubescaler.redlock.LockNode.JoinReply;
import io.kubescaler.redlock.LockNode.ReleaseReply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of every node, real or simulated. */
abstract class LockNodeContract {

    private static final Duration TTL = Duration.ofMinutes(1);
    private static final Instant BEFORE = Instant.ofEpochMilli(1_700_000_000_000L);
    private static final Instant NOW = Instant.ofEpochMilli(1_800_000_000_000L);

    private final Resource resource = Resources.next();
    private LockNode node;

    abstract LockNode node();

    /** Waits for the answer. */
    abstract <T> T get(CompletionStage<T> stage);

    /** Makes the node forget all lists of masters. */
    abstract void forgetLists();

    @BeforeEach
    void connect() {
        node = node();
        forgetLists();
    }

    @Test
    void isTakenByTheFirst() {
        assertThat(acquire("a", null, BEFORE)).isEqualTo(new Taken(BEFORE, false, 0));
        assertThat(launched()).isEqualTo(BEFORE);
    }

    @Test
    void refusesTheSecondAndSaysSinceWhenAndForHowLong() {
        acquire("a", null, BEFORE);

        AcquireReply reply = acquire("b", null, NOW);

        assertThat(reply).isInstanceOfSatisfying(Held.class, held -> {
            assertThat(held.since()).isEqualTo(BEFORE);
            assertThat(held.remaining()).isPositive().isLessThanOrEqualTo(TTL);
        });
    }

    @Test
    void tellsHoldersApartWithoutTellingTheirTokens() {
        acquire("a", null, BEFORE);

        Held first = (Held) acquire("b", null, NOW);
        Held second = (Held) acquire("c", null, NOW);
        free("a");
        acquire("b", null, NOW);
        Held third = (Held) acquire("c", null, NOW);

        assertThat(first.holder()).isEqualTo(second.holder()).isNotEqualTo(third.holder());
    }

    @Test
    void isTheSameAcquisitionWhenTheSameTokenAsksAgain() {
        acquire("a", null, BEFORE);

        assertThat(acquire("a", null, NOW)).isEqualTo(new Taken(BEFORE, false, 0));
    }

    @Test
    void letsAClientResumeByItsTokenAndKeepsSinceWhen() {
        acquire("a", null, BEFORE);

        assertThat(acquire("b", "a", NOW)).isEqualTo(new Taken(BEFORE, true, 0));
        extend("b");
        assertThat(acquire("c", "a", NOW)).isInstanceOf(Held.class);
        assertThat(launched()).isEqualTo(BEFORE);
    }

    @Test
    void letsAClientResumeByTheTokenBeforeUntilTheNewOneIsExtended() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);

        assertThat(acquire("c", "x", NOW)).isInstanceOf(Held.class);
        assertThat(acquire("c", "a", NOW)).isEqualTo(new Taken(BEFORE, true, 0));
    }

    /** Its client knows "b", so another client has come back with "a". Otherwise the two take turns for ever. */
    @Test
    void refusesATokenThatAnEarlierOneHasDisplaced() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        acquire("c", "a", NOW);

        assertThat(acquire("d", "b", NOW)).isInstanceOf(Held.class);
        assertThat(extend("c")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void refusesTheTokensBeforeOneThatHasComeBack() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        acquire("c", "b", NOW);

        assertThat(acquire("d", "a", NOW)).isInstanceOf(Held.class);
        assertThat(acquire("d", "b", NOW)).isInstanceOf(Taken.class);
    }

    @Test
    void letsAClientResumeByTheTokenBeforeHoweverManyItHasNotReceived() {
        acquire("a", null, BEFORE);
        for (int i = 0; i < 40; i++) {
            assertThat(acquire("b" + i, "a", NOW)).isInstanceOf(Taken.class);
        }
    }

    /** The client of "a" has "b" by now, and this resume with its older token was cut off. */
    @Test
    void givesTheLockBackToTheHolderThatATakeoverDisplacedNotToTheTokenThatItNamed() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        acquire("c", "a", NOW);

        get(node.undo(resource, "c"));

        assertThat(extend("b")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void doesNotGiveTheLockBackToATakeoverThatWasUndoneMeanwhile() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        acquire("c", "a", NOW);

        get(node.undo(resource, "b"));
        get(node.undo(resource, "c"));

        assertThat(extend("a")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void givesTheLockBackAfterManyTakeovers() {
        acquire("a", null, BEFORE);
        for (int i = 0; i < 100; i++) {
            acquire("b" + i, i == 0 ? "a" : "b" + (i - 1), NOW);
        }

        get(node.undo(resource, "b99"));

        assertThat(extend("b98")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void startsAnewForATokenThatHoldsNothing() {
        assertThat(acquire("b", "a", NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void refusesATokenThatDoesNotHoldIt() {
        acquire("a", null, BEFORE);

        assertThat(acquire("b", "x", NOW)).isInstanceOf(Held.class);
        assertThat(acquire("b", "", NOW)).isInstanceOf(Held.class);
    }

    @Test
    void isFreeAgainWhenAFreshAcquisitionIsUndone() {
        acquire("a", null, BEFORE);

        get(node.undo(resource, "a"));

        assertThat(launched()).isNull();
        assertThat(acquire("b", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void isTheDisplacedTokensAgainWhenATakeoverIsUndone() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);

        get(node.undo(resource, "b"));

        assertThat(launched()).isEqualTo(BEFORE);
        assertThat(acquire("c", null, NOW)).isInstanceOf(Held.class);
        assertThat(extend("a")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void undoesNothingOfAnother() {
        acquire("a", null, BEFORE);

        get(node.undo(resource, "b"));

        assertThat(extend("a")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void isTheDisplacedTokensAgainThoughTheTakeoverWasSentTwice() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);

        assertThat(acquire("b", "a", NOW)).isEqualTo(new Taken(BEFORE, true, 0));
        get(node.undo(resource, "b"));

        assertThat(extend("a")).containsExactly(ExtendReply.EXTENDED);
    }

    @Test
    void saysThatATokenIsDisplacedAsLongAsTheTakeoverMayBeUndone() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);

        assertThat(extend("a")).containsExactly(ExtendReply.DISPLACED);
        assertThat(extend("x")).containsExactly(ExtendReply.ANOTHERS);
        assertThat(extend("b")).containsExactly(ExtendReply.EXTENDED);
        assertThat(extend("a")).containsExactly(ExtendReply.ANOTHERS);
    }

    @Test
    void doesNotGiveTheLockBackOnceATakeoverIsExtended() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        extend("b");

        get(node.undo(resource, "b"));

        assertThat(acquire("c", null, NOW)).as("the stream of a may go on").isInstanceOf(Held.class);
        assertThat(extend("a")).containsExactly(ExtendReply.ANOTHERS);
        leave("a");
        assertThat(acquire("c", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void extendsItsOwnRestoresWhatIsMissingAndSaysWhatIsAnothers() {
        Resource missing = Resources.next();
        Resource anothers = Resources.next();
        acquire("a", null, BEFORE);
        get(node.acquire(anothers, "b", null, TTL, BEFORE));

        List<ExtendReply> replies = get(node.extend(
                List.of(
                        new Claim(resource, "a", BEFORE),
                        new Claim(missing, "a", BEFORE),
                        new Claim(anothers, "a", BEFORE)),
                TTL));

        assertThat(replies).containsExactly(ExtendReply.EXTENDED, ExtendReply.RECREATED, ExtendReply.ANOTHERS);
        assertThat(get(node.launched(List.of(missing, Resources.next())))).containsExactly(BEFORE, null);
        assertThat(get(node.acquire(missing, "b", null, TTL, NOW))).isInstanceOf(Held.class);
    }

    @Test
    void changesNothingWhenItIsOnlyAsked() {
        assertThat(ask("a")).containsExactly(ExtendReply.RECREATED);
        assertThat(launched()).isNull();
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);

        assertThat(ask("b")).containsExactly(ExtendReply.EXTENDED);
        assertThat(ask("a")).containsExactly(ExtendReply.DISPLACED);

        acquire("c", "a", NOW);
        assertThat(extend("c")).containsExactly(ExtendReply.EXTENDED);
        assertThat(ask("a")).containsExactly(ExtendReply.ANOTHERS);
        get(node.release(resource, "c", TTL));
        assertThat(ask("c")).containsExactly(ExtendReply.ENDED);
    }

    private List<ExtendReply> ask(String owner) {
        return get(node.extend(List.of(new Claim(resource, owner, BEFORE)), Duration.ZERO));
    }

    @Test
    void extendsAsManyClaimsAsFitIntoOneCall() {
        List<Claim> claims = IntStream.range(0, LockNode.MAX_CLAIMS)
                .mapToObj(i -> new Claim(Resources.next(), "a", NOW))
                .toList();

        assertThat(get(node.extend(claims, TTL))).hasSize(LockNode.MAX_CLAIMS).containsOnly(ExtendReply.RECREATED);
        assertThat(get(node.extend(claims, TTL))).containsOnly(ExtendReply.EXTENDED);
    }

    @Test
    void expires() {
        get(node.acquire(resource, "a", null, Duration.ofMillis(50), BEFORE));

        await().until(() -> launched() == null);

        assertThat(acquire("b", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void releasesOnlyToItsToken() {
        assertThat(release("x")).isEqualTo(new ReleaseReply.Missing());
        acquire("a", null, BEFORE);
        leave("a");
        assertThat(release("b")).isEqualTo(new ReleaseReply.Anothers());
        assertThat(release("a")).isEqualTo(new ReleaseReply.Released());

        assertThat(launched()).isNull();
        assertThat(acquire("c", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    /** The lock may be a leftover of a vote that another client has lost. */
    @Test
    void remembersTheEndOfASessionThoughAnotherHasTheLock() {
        acquire("another", null, BEFORE);

        assertThat(release("a")).isEqualTo(new ReleaseReply.Anothers());
        get(node.undo(resource, "another"));

        assertThat(acquire("b", "a", NOW)).isInstanceOf(Ended.class);
    }

    /** The node has lost the lock. */
    @Test
    void doesNotRestoreASessionThatWasEndedWhileItHadNoLock() {
        release("a");

        assertThat(extend("a")).containsExactly(ExtendReply.ENDED);
        assertThat(launched()).isNull();
    }

    @Test
    void doesNotRestoreASessionThatWasEndedWhileAnotherHadTheLock() {
        acquire("another", null, BEFORE);
        release("a");
        get(node.undo(resource, "another"));

        assertThat(extend("a")).containsExactly(ExtendReply.ENDED);
        assertThat(launched()).isNull();
    }

    @Test
    void aTokenThatWasReplacedEndsNotItsSession() {
        String session = "s".repeat(LockNode.SESSION);
        acquire(session + "1", null, BEFORE);
        acquire(session + "2", session + "1", NOW);

        assertThat(release(session + "1")).isEqualTo(new ReleaseReply.Anothers());

        assertThat(extend(session + "2")).containsExactly(ExtendReply.EXTENDED);
        assertThat(acquire(session + "3", session + "2", NOW)).isInstanceOf(Taken.class);
    }

    @Test
    void isFreeOnlyWhenTheStreamOfAnEndedSessionIsOver() {
        acquire("a", null, BEFORE);

        assertThat(release("a")).isInstanceOf(ReleaseReply.Ending.class);
        assertThat(extend("a")).containsExactly(ExtendReply.ENDED);
        assertThat(acquire("b", null, NOW)).isInstanceOf(Held.class);
        assertThat(launched()).isEqualTo(BEFORE);
        leave("x");
        assertThat(release("a")).isInstanceOf(ReleaseReply.Ending.class);
        leave("a");

        assertThat(launched()).isNull();
        assertThat(acquire("b", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void isFreeOnlyWhenTheStreamsOfAllThatItHasDisplacedAreOver() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        acquire("c", "b", NOW);
        leave("a");
        extend("c");
        leave("c");

        assertThat(release("c")).isInstanceOf(ReleaseReply.Ending.class);
        leave("b");

        assertThat(acquire("d", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void saysHowLongStreamsMayGoOnAfterARelease() {
        get(node.acquire(resource, "a", null, TTL.dividedBy(2), BEFORE));
        acquire("b", "a", NOW);
        assertThat(((ReleaseReply.Ending) release("b")).atMost()).isBetween(TTL.dividedBy(2), TTL);
        leave("b");

        assertThat(((ReleaseReply.Ending) release("b")).atMost())
                .isLessThanOrEqualTo(TTL.dividedBy(2))
                .isPositive();
    }

    @Test
    void waitsForAStreamHoweverManyHaveDisplacedItsOwner() {
        acquire("a0", null, BEFORE);
        for (int i = 1; i <= 40; i++) {
            acquire("a" + i, "a" + (i - 1), NOW);
        }
        for (int i = 1; i <= 40; i++) {
            leave("a" + i);
        }

        assertThat(release("a40")).isInstanceOf(ReleaseReply.Ending.class);
    }

    @Test
    void doesNotBringBackAnEndedSessionByALateMessage() {
        acquire("a", null, BEFORE);
        release("a");
        acquire("a", null, BEFORE);
        assertThat(extend("a")).containsExactly(ExtendReply.ENDED);
        leave("a");

        assertThat(extend("a")).containsExactly(ExtendReply.ENDED);
        assertThat(launched()).isNull();
    }

    @Test
    void isNotTakenByALateAcquisitionOfAnEndedSession() {
        release("a");

        assertThat(acquire("a", null, BEFORE)).isInstanceOf(Ended.class);
        assertThat(launched()).isNull();
    }

    @Test
    void doesNotWaitForAStreamWhoseLeaseIsOver() {
        get(node.acquire(resource, "a", null, Duration.ofMillis(50), BEFORE));
        acquire("b", "a", NOW);
        extend("b");
        leave("b");

        await().until(() -> release("b").equals(new ReleaseReply.Released()));
    }

    @Test
    void knowsThatAStreamIsOverWhenATakeoverIsUndone() {
        acquire("a", null, BEFORE);
        leave("a");
        acquire("b", "a", NOW);
        get(node.undo(resource, "b"));

        assertThat(release("a")).isEqualTo(new ReleaseReply.Released());
    }

    @Test
    void waitsForAStreamThatGoesOnAfterATakeoverIsUndone() {
        acquire("a", null, BEFORE);
        acquire("b", "a", NOW);
        get(node.undo(resource, "b"));

        assertThat(release("a")).isInstanceOf(ReleaseReply.Ending.class);
    }

    @Test
    void isFreeWhenTheLastStreamOfAnEndedSessionIsUndone() {
        acquire("a", null, BEFORE);
        leave("a");
        acquire("b", "a", NOW);
        acquire("c", "a", NOW);
        assertThat(release("c")).isInstanceOf(ReleaseReply.Ending.class);
        leave("c");

        get(node.undo(resource, "b"));

        assertThat(launched()).isNull();
        assertThat(acquire("d", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
    }

    @Test
    void keepsTheLockOfATokenThatMayComeBackAfterItsStream() {
        acquire("a", null, BEFORE);
        leave("a");

        assertThat(acquire("b", null, NOW)).isInstanceOf(Held.class);
        assertThat(acquire("b", "a", NOW)).isEqualTo(new Taken(BEFORE, true, 0));
    }

    @Test
    void remembersForATtlThatASessionWasEnded() {
        acquire("a", null, BEFORE);
        free("a");

        assertThat(acquire("b", "a", NOW)).isInstanceOf(Ended.class);
        assertThat(launched()).isNull();
        assertThat(acquire("c", null, NOW)).isEqualTo(new Taken(NOW, false, 0));
        leave("c");
        get(node.release(resource, "c", Duration.ofMillis(2)));
        await().until(() -> !(acquire("d", "c", NOW) instanceof Ended));
        free("d");
        get(node.release(resource, "never", Duration.ofMillis(2)));
        await().until(() -> !(acquire("e", "never", NOW) instanceof Ended));
    }

    @Test
    void anEndedSessionComesBackWithNoneOfItsTokens() {
        String session = "s".repeat(LockNode.SESSION);
        acquire(session + 1, null, BEFORE);
        acquire(session + 2, session + 1, NOW);
        extend(session + 2);
        leave(session + 1);
        free(session + 2);

        assertThat(acquire("a", session + 1, NOW)).isInstanceOf(Ended.class);
        assertThat(acquire("a", session + 2, NOW)).isInstanceOf(Ended.class);
    }

    @Test
    void anEndedSessionIsUnknownToOtherResources() {
        acquire("a", null, BEFORE);
        free("a");

        assertThat(get(node.acquire(Resources.next(), "b", "a", TTL, NOW))).isInstanceOf(Taken.class);
    }

    @Test
    void recordsOnlyAHigherEpochAndOnlyForTheOwner() {
        acquire("a", null, BEFORE);
        assertThat(recordEpoch("a", 7)).isTrue();
        assertThat(recordEpoch("a", 7)).isFalse();
        assertThat(recordEpoch("b", 8)).isFalse();
        acquire("b", "a", NOW);

        assertThat(recordEpoch("a", 8)).isFalse();
        assertThat(recordEpoch("b", 9_007_199_254_740_991L)).isTrue();
    }

    @Test
    void returnsTheHighestEpochToEveryLaterAcquisition() {
        acquire("a", null, BEFORE);
        recordEpoch("a", 1_800_000_000_123L);

        assertThat(acquire("b", "a", NOW)).isEqualTo(new Taken(BEFORE, true, 1_800_000_000_123L));
        get(node.undo(resource, "b"));
        free("a");
        assertThat(recordEpoch("a", 1_900_000_000_000L)).as("without the lock").isFalse();
        assertThat(acquire("c", null, NOW)).isEqualTo(new Taken(NOW, false, 1_800_000_000_123L));
    }

    @Test
    void announcesTheTokensThatItIsTold() {
        Queue<String> revoked = new ConcurrentLinkedQueue<>();
        node.onRevoked(revoked::add);
        // A subscription has no answer to wait for, so the test repeats the announcement until it arrives.
        await().until(() -> {
            get(node.revoke("first"));
            return revoked.contains("first");
        });
        acquire("a", null, NOW);
        acquire("b", "a", NOW);
        get(node.undo(resource, "b"));
        free("a");

        get(node.revoke("last"));

        await().until(() -> revoked.contains("last"));
        assertThat(revoked).containsOnly("first", "last");
    }

    @Test
    void entersListsOfMastersThatDifferByOne() {
        assertThat(join("a,b,c", Entry.NEW)).isEqualTo(new JoinReply(Set.of(), false));
        assertThat(join("a,b,c", Entry.NEW)).isEqualTo(new JoinReply(Set.of(), false));
        assertThat(join("a,b,c,d", Entry.NEW)).isEqualTo(new JoinReply(Set.of(), false));
        assertThat(join("a,b", Entry.NONE)).isEqualTo(new JoinReply(Set.of("a,b,c,d"), false));
        assertThat(join("b,c", Entry.NEW)).isEqualTo(new JoinReply(Set.of("a,b,c,d"), false));
        assertThat(join("a,b,e", Entry.NEW)).isEqualTo(new JoinReply(Set.of("a,b,c", "a,b,c,d"), false));
        assertThat(join("a,b,c,d,e", Entry.NEW)).isEqualTo(new JoinReply(Set.of("a,b,c"), false));
        assertThat(join("a,b,c", Entry.NEW)).isEqualTo(new JoinReply(Set.of(), false));
    }

    @Test
    void entersNothingWhenItOnlyLooks() {
        join("a,b,c", Entry.NONE);

        assertThat(join("d", Entry.NEW)).isEqualTo(new JoinReply(Set.of(), false));
    }

    @Test
    void remembersTheListThatWasInUseLast() {
        enterBriefly("a,b,c", Entry.NEW);
        awaitNoListInUse();
        assertThat(join("a,b,c", Entry.NONE).known()).isFalse();

        join("a,b,c", Entry.NEW);
        enterBriefly("a,b,c", Entry.USED);
        awaitNoListInUse();
        assertThat(join("a,b,c", Entry.NONE).known()).isTrue();

        enterBriefly("a,b,c,d", Entry.NEW);
        assertThat(join("a,b,c", Entry.NONE).known()).isTrue();
        enterBriefly("a,b,c", Entry.USED);
        awaitNoListInUse();
        enterBriefly("a,b,c,d,e", Entry.NEW);
        awaitNoListInUse();
        assertThat(join("a,b,c", Entry.NONE).known()).isFalse();
    }

    @Test
    void remembersNoListBecauseOfALateEntry() {
        enterBriefly("a,b,c", Entry.USED);
        awaitNoListInUse();

        assertThat(join("a,b,c", Entry.NONE).known()).isFalse();
    }

    @Test
    void answersAPing() {
        assertThat(node.ping().thenApply(ignored -> true))
                .satisfies(stage -> assertThat(get(stage)).isTrue());
    }

    private JoinReply join(String list, Entry entry) {
        return get(node.join(list, entry, TTL, TTL));
    }

    private void enterBriefly(String list, Entry entry) {
        get(node.join(list, entry, Duration.ofMillis(5), TTL));
    }

    private void awaitNoListInUse() {
        await().until(() -> join("nothing", Entry.NONE).conflicting().isEmpty());
    }

    private AcquireReply acquire(String token, @Nullable String previous, Instant since) {
        return get(node.acquire(resource, token, previous, TTL, since));
    }

    private ReleaseReply release(String owner) {
        return get(node.release(resource, owner, TTL));
    }

    private void leave(String owner) {
        get(node.leave(resource, owner));
    }

    private void free(String owner) {
        leave(owner);
        assertThat(release(owner)).isEqualTo(new ReleaseReply.Released());
    }

    private boolean recordEpoch(String owner, long epoch) {
        return get(node.recordEpoch(resource, owner, epoch, TTL));
    }

    private List<ExtendReply> extend(String token) {
        return get(node.extend(List.of(new Claim(resource, token, BEFORE)), TTL));
    }

    private @Nullable Instant launched() {
        return get(node.launched(List.of(resource))).get(0);
    }
}
