package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Claim;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.Resource;
import io.kubescaler.redlock.SystemTiming;
import io.kubescaler.redlock.Timing;
import io.kubescaler.stream.message.Event;
import io.kubescaler.stream.message.Feeds;
import io.kubescaler.stream.session.Session.EndReason;
import io.kubescaler.webflux.StreamConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTest {

    private final MovedTime timing = new MovedTime();
    private final EmbeddedChannel channel = new EmbeddedChannel(new FullNetwork());
    private final List<String> calls = new ArrayList<>();
    private final Session session = new Session(
            new Pair(UUID.randomUUID(), UUID.randomUUID()),
            lease(),
            new StreamConnection(channel),
            null,
            kept -> calls.add("keep"));

    @AfterEach
    void stop() {
        channel.finishAndReleaseAll();
        timing.machine.close();
    }

    @Test
    void discardsEvenASingleMessageWhenTheLockIsLost() {
        channel.write(Unpooled.wrappedBuffer(new byte[] {1}));
        assertThat(channel.isWritable()).isTrue();

        session.end(EndReason.LOST);
        channel.runPendingTasks();

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void staysConnectedForItsLastEventIfNothingWaits() {
        session.end(EndReason.LOST);
        channel.runPendingTasks();

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void endsWithoutAnErrorForAClientThatIsGone() {
        BrokenNetwork network = new BrokenNetwork();
        channel.pipeline().addLast(network);

        session.finish(Event.end(Duration.ofSeconds(1), new byte[0])).block();

        assertThat(network.failed).isTrue();
    }

    @Test
    void isKeptFromItsAnnouncementOn() {
        assertThat(calls).isEmpty();
        session.announced();
        session.leave(() -> calls.add("forget"), () -> calls.add("undo"));

        assertThat(calls).containsExactly("keep", "forget");
    }

    @Test
    void isUndoneIfItsClientLeavesBeforeTheAnnouncement() {
        session.leave(() -> calls.add("forget"), () -> calls.add("undo"));
        session.announced();

        assertThat(calls).containsExactly("undo");
    }

    /** Its client comes back with the token that it has: the lock is as it was. */
    @Test
    void isOverWithoutAnEventIfItsLeaseEndsBeforeTheFirst() {
        timing.ahead = RedLockSettings.defaults().ttl();

        var reason = session.stream(Event.session("token", new byte[0]), Feeds.silent())
                .toFuture();
        channel.runPendingTasks();

        assertThat(reason).isCompletedWithValue(null);
        assertThat(channel.unsafe().outboundBuffer().totalPendingWriteBytes()).isZero();
        assertThat(session.isAnnounced()).isFalse();
    }

    private Lease lease() {
        var lock = new RedLock(List.of(new GrantingNode()), RedLockSettings.defaults(), timing);
        var attempt = lock.acquire(new Resource("lock:{1}", "launched:{1}"), null)
                .toCompletableFuture()
                .join();
        return ((Attempt.Acquired) attempt).lease();
    }

    /** The time of the machine, which the test moves on. */
    private static final class MovedTime implements Timing {

        private final SystemTiming machine = new SystemTiming();
        private Duration ahead = Duration.ZERO;

        @Override
        public long nanoTime() {
            return machine.nanoTime() + ahead.toNanos();
        }

        @Override
        public Instant now() {
            return machine.now();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return machine.schedule(delay, task);
        }
    }

    /** Fails as the system does that has cut off a client. */
    private static final class BrokenNetwork extends ChannelOutboundHandlerAdapter {

        private boolean failed;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
            promise.setFailure(new IOException("writevAddresses(..) failed with error(-110): Connection timed out"));
            failed = true;
        }
    }

    /** Takes no bytes. */
    private static final class FullNetwork extends ChannelOutboundHandlerAdapter {

        @Override
        public void flush(ChannelHandlerContext context) {}
    }

    /** A master that admits every list and grants every acquisition, and is asked nothing else. */
    private static final class GrantingNode implements LockNode {

        @Override
        public String name() {
            return "granting";
        }

        @Override
        public CompletionStage<AcquireReply> acquire(
                Resource resource, String token, @Nullable String previous, Duration ttl, Instant since) {
            return CompletableFuture.completedStage(new AcquireReply.Taken(since, false, 0));
        }

        @Override
        public CompletionStage<Boolean> recordEpoch(Resource resource, String owner, long epoch, Duration kept) {
            return CompletableFuture.completedStage(true);
        }

        @Override
        public CompletionStage<Void> undo(Resource resource, String token) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<ReleaseReply> release(Resource resource, String token, Duration remembered) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<Void> leave(Resource resource, String token) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<Void> revoke(String token) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources) {
            throw new AssertionError();
        }

        @Override
        public CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory) {
            return CompletableFuture.completedStage(new JoinReply(Set.of(), true));
        }

        @Override
        public CompletionStage<Void> ping() {
            throw new AssertionError();
        }

        @Override
        public void onRevoked(Consumer<String> listener) {
            throw new AssertionError();
        }
    }
}
