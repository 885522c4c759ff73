package io.kubescaler.stream.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Metrics;
import io.kubescaler.stream.StreamSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

/** How messages reach the connections of one event loop, each a channel in memory whose time the test moves. */
class FeedTest {

    private static final Duration KEEP_ALIVE = Duration.ofMillis(40);
    private static final StreamSettings SETTINGS = new StreamSettings(
            "test",
            StreamSettings.Source.RANDOM,
            DataSize.ofBytes(100),
            Duration.ofMillis(100),
            KEEP_ALIVE,
            Duration.ofHours(1),
            DataSize.ofKilobytes(256));

    private static final Event FIRST = Event.session("token", "{}".getBytes(UTF_8));

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Feed feed = new Feed(SETTINGS, new FeedMetrics(metrics), Mono.empty());
    private final List<ByteBuf> made = new ArrayList<>();
    private final Network network = new Network();
    private final EmbeddedChannel channel = new EmbeddedChannel(network, new HttpServerCodec());
    private boolean mayWrite = true;
    private final Outlet outlet = new Outlet(channel, () -> mayWrite, 7);

    /** The test moves it. */
    @BeforeEach
    void stopTheTimeOfTheChannel() {
        channel.freezeTime();
    }

    @AfterEach
    void holdsNoMessageAnyMore() {
        feed.leave(outlet);
        channel.runPendingTasks();
        channel.finishAndReleaseAll();
        assertThat(made).allSatisfy(message -> assertThat(message.refCnt()).isEqualTo(1));
        made.forEach(ByteBuf::release);
    }

    @Test
    void sendsAMessageAndTheEpochOfItsStreamAsFinishedChunks() {
        join();

        feed.offer(message("a"));
        channel.runPendingTasks();

        assertThat(sent())
                .containsExactly(
                        "22\r\nevent: message\ndata: {\"text\":\"a\",\n\r\n", "12\r\ndata: \"epoch\":7}\n\n\r\n");
        assertThat(count(Metrics.MESSAGES_SENT)).isEqualTo(1);
        assertThat(count(Metrics.SENT)).isPositive();
    }

    @Test
    void sendsWhatTheClientPublishesAsSoonAsItHasTheFirstEvent() {
        List<String> taken = new ArrayList<>();
        network.afterWrite = () -> feed.offer(message("a"));

        feed.join(outlet, FIRST, () -> taken.add("first"), () -> {});
        channel.runPendingTasks();

        assertThat(sent()).hasSize(3).last().asString().contains("epoch");
        assertThat(taken).containsExactly("first");
    }

    @Test
    void takesNoMemoryBetweenTheTwoPartsOfAnEvent() {
        join();

        feed.offer(message("a"));
        channel.runPendingTasks();
        feed.offer(message("b"));
        channel.runPendingTasks();

        List<ByteBuf> written = channel.outboundMessages().stream()
                .map(ByteBuf.class::cast)
                .filter(ByteBuf::isReadable)
                .toList();
        assertThat(written).hasSize(4);
        ByteBuf epoch = memory(written.get(1));
        assertThat(memory(written.get(3)))
                .as("the memory that was taken for all events")
                .isSameAs(epoch);
        sent();
        assertThat(epoch.refCnt()).isEqualTo(1);
        feed.leave(outlet);
        channel.runPendingTasks();
        assertThat(epoch.refCnt()).isZero();
    }

    @Test
    void keepsNothingForAnEventLoopThatHasStopped() throws InterruptedException {
        EventLoop loop = new DefaultEventLoop();
        LocalChannel other = new LocalChannel();
        other.pipeline().addLast(new HttpServerCodec());
        loop.register(other).sync();
        feed.join(new Outlet(other, () -> true, 9), FIRST, () -> {}, () -> {});
        join();
        loop.submit(() -> {}).sync();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();

        send("a");
        send("b");

        assertThat(sent()).filteredOn(part -> part.contains("event: message")).hasSize(2);
    }

    @Test
    void leavesMessagesOutThatASlowClientHasNoRoomFor() {
        join();

        block(true);
        feed.offer(message("a"));
        channel.runPendingTasks();
        block(false);
        feed.offer(message("b"));
        channel.runPendingTasks();

        assertThat(sent()).first().asString().contains("\"b\"");
        assertThat(count(Metrics.MESSAGES_DROPPED)).isEqualTo(1);
    }

    @Test
    void sendsNothingAfterTheLease() {
        join();

        mayWrite = false;
        feed.offer(message("a"));
        channel.runPendingTasks();

        assertThat(sent()).isEmpty();
        assertThat(count(Metrics.MESSAGES_DROPPED)).isEqualTo(1);
    }

    @Test
    void sendsNotEvenTheFirstEventAfterTheLease() {
        List<String> told = new ArrayList<>();
        mayWrite = false;

        feed.join(outlet, FIRST, () -> told.add("sent"), () -> told.add("over"));
        channel.runPendingTasks();

        assertThat(sent()).isEmpty();
        assertThat(told).containsExactly("over");
    }

    @Test
    void givesAClientThatCatchesUpTheNewestMessage() throws InterruptedException {
        join();

        block(true);
        send("a");
        send("b");
        block(false);
        channel.runPendingTasks();

        assertThat(sent()).first().asString().contains("\"b\"");
        assertThat(count(Metrics.MESSAGES_SENT)).isEqualTo(1);
        assertThat(count(Metrics.MESSAGES_DROPPED)).isEqualTo(1);
    }

    @Test
    void keepsNoMessageForAClientWhoseLeaseEndsBeforeItCatchesUp() throws InterruptedException {
        join();

        block(true);
        send("a");
        mayWrite = false;
        block(false);
        channel.runPendingTasks();

        assertThat(sent()).isEmpty();
        assertThat(made).allSatisfy(message -> assertThat(message.refCnt()).isEqualTo(1));
    }

    @Test
    void isNotDisturbedByAConnectionThatWasClosedBeforeItsStreamBegan() throws InterruptedException {
        channel.close();
        Outlet closed = new Outlet(channel, () -> true, 8);
        feed.join(closed, FIRST, () -> {}, () -> {});
        channel.runPendingTasks();

        send("a");
        send("b");
        feed.leave(closed);
        channel.runPendingTasks();

        assertThat(count(Metrics.MESSAGES_DROPPED)).isPositive();
    }

    @Test
    void keepsASilentStreamAliveAndOneWithMessagesToItself() {
        join();

        channel.advanceTimeBy(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS);
        awaitSilence();
        channel.runScheduledPendingTasks();

        assertThat(sent()).containsExactly("3\r\n:\n\n\r\n");
    }

    @Test
    void sendsNothingToAClientThatHasLeft() {
        join();
        feed.leave(outlet);
        channel.runPendingTasks();

        feed.offer(message("a"));
        channel.runPendingTasks();

        assertThat(sent()).isEmpty();
        assertThat(count(Metrics.MESSAGES_DROPPED)).isZero();
    }

    private void join() {
        feed.join(outlet, FIRST, () -> {}, () -> {});
        channel.runPendingTasks();
        assertThat(sent()).singleElement().asString().contains("event: session");
    }

    private void send(String text) throws InterruptedException {
        feed.send(message(text));
        channel.runPendingTasks();
    }

    /** The outlet measures silence by the machine's own clock. */
    private void awaitSilence() {
        long enough = KEEP_ALIVE.toNanos();
        while (outlet.silentFor() < enough) {
            Thread.onSpinWait();
        }
    }

    /** Whether the client takes nothing. */
    private void block(boolean blocked) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !blocked);
        network.block(blocked);
    }

    /** Holds writes back, in their order, while the client takes nothing. */
    private static final class Network extends ChannelOutboundHandlerAdapter {

        private final Queue<Runnable> held = new ArrayDeque<>();
        private boolean blocked;
        /** What another thread does at once when something was written; once. */
        private @Nullable Runnable afterWrite;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (blocked) {
                held.add(() -> context.writeAndFlush(message, promise));
            } else {
                context.write(message, promise);
            }
            Runnable once = afterWrite;
            afterWrite = null;
            if (once != null) {
                once.run();
            }
        }

        void block(boolean next) {
            blocked = next;
            if (!blocked) {
                held.forEach(Runnable::run);
                held.clear();
            }
        }
    }

    private ByteBuf message(String text) {
        ByteBuf message = Outlet.chunk(Event.message(("{\"text\":\"" + text + "\"}").getBytes(UTF_8)));
        made.add(message);
        return message;
    }

    /** Below all duplicates, and below what Netty puts around some buffers to find leaks. */
    private static ByteBuf memory(ByteBuf buffer) {
        return buffer.unwrap() == null ? buffer : memory(buffer.unwrap());
    }

    private List<String> sent() {
        List<String> sent = new ArrayList<>();
        for (ByteBuf chunk = channel.readOutbound(); chunk != null; chunk = channel.readOutbound()) {
            if (chunk.isReadable()) {
                sent.add(chunk.toString(UTF_8));
            }
            chunk.release();
        }
        return sent;
    }

    private double count(String counter) {
        return metrics.get(counter).counter().count();
    }
}
