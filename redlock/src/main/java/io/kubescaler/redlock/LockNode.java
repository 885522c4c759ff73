package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One Redis master. Every call is one round trip and one atomic step of that master; a stage that fails says nothing of
 * whether the step was taken. No call blocks.
 */
public interface LockNode {

    /** How many claims one {@link #extend} may carry: it bounds how long a node is busy with one script. */
    int MAX_CLAIMS = 256;

    /** The node's address as shown to people, without credentials. */
    String name();

    /**
     * Takes the resource for {@code token} if it is free, already this token's, or held by {@code previous}; the token so
     * displaced is announced as revoked.
     *
     * @param ttl how long the node keeps the keys without being asked again
     * @param since what others are told; a takeover from {@code previous} keeps the older answer
     */
    CompletionStage<AcquireReply> acquire(
            Resource resource, String token, @Nullable String previous, Duration ttl, Instant since);

    /**
     * Takes back an acquisition that found no quorum: what {@code token} displaced is there again, what was free is free
     * again. Does nothing where the token is not.
     */
    CompletionStage<Void> undo(Resource resource, String token);

    /**
     * Extends each claim by {@code ttl} from now, and restores those the node knows nothing of.
     *
     * @param claims at most {@link #MAX_CLAIMS}
     * @return one reply for each claim, in their order
     */
    CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl);

    /** Frees the resource if it is this token's, and announces the token as revoked. */
    CompletionStage<ReleaseReply> release(Resource resource, String token);

    /** Since when each resource is launched, null where it is not, in the order asked. */
    CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources);

    /** Answers when the node does. */
    CompletionStage<Void> ping();

    /**
     * Hears of tokens that this node revoked, from now on and on a thread that must not be blocked. Best effort: what was
     * said while the node was out of reach is never heard.
     */
    void onRevoked(Consumer<String> listener);

    sealed interface AcquireReply {

        /** The node holds the token now. */
        record Taken(Instant since) implements AcquireReply {}

        /**
         * Another token is there.
         *
         * @param holder a fingerprint of that token: equal for equal tokens, of no use to take over
         * @param remaining until the node forgets it if nobody extends it
         */
        record Held(String holder, Duration remaining, Instant since) implements AcquireReply {}
    }

    enum ExtendReply {
        EXTENDED,
        /** The node knew no owner; now it knows this one. */
        RECREATED,
        ANOTHERS
    }

    enum ReleaseReply {
        RELEASED,
        MISSING,
        ANOTHERS
    }
}
