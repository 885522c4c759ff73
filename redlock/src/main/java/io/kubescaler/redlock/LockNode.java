package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One Redis master. Every call is one round trip and one atomic step of that master. If a stage fails, the master may
 * or may not have taken the step. No call blocks.
 *
 * <p>A node knows no token. The owner of a resource is a hash of a token: enough to compare, useless to whoever reads it
 * there. Its first {@value #SESSION} characters stand for the session, which all tokens of a client have in common from
 * its start to its end.
 */
public interface LockNode {

    /** The most claims in one {@link #extend}; it bounds how long one script keeps a node busy. */
    int MAX_CLAIMS = 256;

    int SESSION = 32;

    /** The part of an owner that stands for its session. */
    static String session(String owner) {
        return owner.substring(0, Math.min(SESSION, owner.length()));
    }

    /** The node's address for people, without credentials. */
    String name();

    /**
     * Takes the resource for {@code owner} if it is free, already this owner's, or held by {@code previous}. It also
     * takes it from an owner that has displaced {@code previous}, also by way of others, and was not extended since; but
     * only if {@code previous} is the earliest of them, because whoever knows a later one knew the latest before it was
     * displaced. It takes nothing if the session was ended: that of {@code previous}, or, of a late message, the owner's
     * own.
     *
     * @param ttl how long the node keeps the keys without another request
     * @param since since when the resource is launched, as others see it; a takeover from {@code previous} keeps its
     *     time
     */
    CompletionStage<AcquireReply> acquire(
            Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since);

    /**
     * Records the epoch of an acquisition, if the node holds {@code owner} and knows only lower epochs of the resource.
     *
     * @param kept how long the node remembers the epoch
     * @return whether it is recorded
     */
    CompletionStage<Boolean> recordEpoch(Resource resource, String owner, long epoch, Duration kept);

    /**
     * Undoes an acquisition. An owner that {@code owner} displaced is back, unless its own acquisition was undone, and a
     * free resource is free again. Does nothing if the node does not know {@code owner}, or has extended a later one.
     */
    CompletionStage<Void> undo(Resource resource, String owner);

    /**
     * Extends each claim by {@code ttl} from now, and restores those that the node does not know.
     *
     * @param claims at most {@link #MAX_CLAIMS}
     * @param ttl if it is zero, the node only answers, and changes nothing
     * @return one reply per claim, in their order
     */
    CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl);

    /**
     * Records that the stream of this owner is over. The resource stays its own, unless its session was ended: then it
     * is free once the streams of all owners that it has displaced are over, too.
     */
    CompletionStage<Void> leave(Resource resource, String owner);

    /**
     * Ends the session of this owner, unless a later owner of the same session has the resource: it acquires and extends
     * nothing any more. The resource is free at once if no stream may go on, its own or one of those that it has displaced.
     *
     * @param remembered how long the node knows that the session was ended
     */
    CompletionStage<ReleaseReply> release(Resource resource, String owner, Duration remembered);

    /**
     * Announces to all instances that streams of a session may be over: all of them, or, with an owner, all but this
     * owner's. Each instance then asks a quorum about those that it has.
     */
    CompletionStage<Void> revoke(String sessionOrOwner);

    /** Since when each resource is launched, in the order of the list; null if it is not. */
    CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources);

    /**
     * Enters a list of masters on this node, unless a list that differs from it by more than one master is in use there.
     * An entered list makes the node forget that such lists were in use before.
     *
     * @param list the names of the masters as configured, sorted, separated by commas
     * @param ttl how long the list counts as in use without another entry
     * @param memory how long the node knows that a list was in use
     */
    CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory);

    /** Completes when the node has answered. */
    CompletionStage<Void> ping();

    /**
     * Calls the listener with each session or owner that is announced through this node from now on, on a thread that
     * must not be blocked. Best effort: announcements while the node is out of reach are lost.
     */
    void onRevoked(Consumer<String> listener);

    sealed interface AcquireReply {

        /**
         * The node knows this owner now.
         *
         * @param resumed whether another owner had the resource before, and may get it back
         * @param epoch the highest epoch of the resource that the node remembers, or 0
         */
        record Taken(Instant since, boolean resumed, long epoch) implements AcquireReply {}

        /**
         * The node knows another owner.
         *
         * @param holder that owner
         * @param remaining until the node forgets it if nobody extends it
         */
        record Held(String holder, Duration remaining, Instant since) implements AcquireReply {}

        /** The session was ended. */
        record Ended() implements AcquireReply {}
    }

    /** What to enter of a list of masters. */
    enum Entry {
        /** Nothing: only look. */
        NONE,
        /** The list comes into use. */
        NEW,
        /** The list is in use. The node remembers it, if it still has an earlier entry of it. */
        USED
    }

    /**
     * @param conflicting the lists in use on this node that differ by more than one master; if there are any, nothing
     *     was entered
     * @param known whether the node had remembered that this list was in use
     */
    record JoinReply(Set<String> conflicting, boolean known) {}

    enum ExtendReply {
        EXTENDED,
        /** The node knew no owner; now it knows this one. */
        RECREATED,
        /** Another owner has displaced this one, but is not extended yet: it may still be undone. */
        DISPLACED,
        /** The session of this owner was ended. */
        ENDED,
        ANOTHERS
    }

    sealed interface ReleaseReply {

        record Released() implements ReleaseReply {}

        /**
         * The session is ended, but streams of it may go on until their instances call {@link #leave}.
         *
         * @param atMost how long they may go on
         */
        record Ending(Duration atMost) implements ReleaseReply {}

        record Missing() implements ReleaseReply {}

        record Anothers() implements ReleaseReply {}
    }
}
