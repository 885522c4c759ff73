package io.kubescaler.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/** Many clients on one thread. Closing it closes all their connections. */
final class Fleet implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** One read takes all that has arrived of a message. */
    private static final int READ = 64 * 1024;

    /** By default, the kernel would buffer megabytes for a client that does not read. */
    private static final int STALLED_RECEIVE_BUFFER = 16 * 1024;

    private final EventLoopGroup loop;
    private final Bootstrap bootstrap;
    private final ChannelGroup channels;
    private final List<StreamClient> clients = new ArrayList<>();

    Fleet() {
        boolean epoll = Epoll.isAvailable();
        loop = new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        channels = new DefaultChannelGroup(loop.next());
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
    }

    /** Requests the streams, evenly over the ramp. Returns when all are answered, or after ramp and patience. */
    void open(List<StreamRequest> requests, Duration ramp, Duration patience) throws InterruptedException {
        List<StreamClient> opened = requests.stream().map(StreamClient::new).toList();
        for (int i = 0; i < opened.size(); i++) {
            StreamClient client = opened.get(i);
            loop.schedule(() -> connect(client), ramp.toNanos() * i / opened.size(), TimeUnit.NANOSECONDS);
        }
        clients.addAll(opened);
        CompletableFuture<Void> all = CompletableFuture.allOf(
                opened.stream().map(StreamClient::answered).toArray(CompletableFuture<?>[]::new));
        try {
            all.get(ramp.plus(patience).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // The report counts the silent ones.
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void connect(StreamClient client) {
        client.begin();
        Bootstrap connection = bootstrap.clone().handler(client);
        if (client.request().stalls()) {
            connection.option(ChannelOption.SO_RCVBUF, STALLED_RECEIVE_BUFFER);
        }
        connection.connect(client.request().url().address()).addListener((ChannelFutureListener) connected -> {
            if (connected.isSuccess()) {
                channels.add(connected.channel());
            } else {
                client.failed();
            }
        });
    }

    /** Queries all clients after a delay, on their thread, so that the answer is of one moment. */
    <T> T ask(Duration later, Function<List<StreamClient>, T> question) throws InterruptedException {
        try {
            return loop.schedule(() -> question.apply(clients), later.toNanos(), TimeUnit.NANOSECONDS)
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Closes all connections and frees their sessions' locks at once.
     *
     * @return the number of failures; those locks expire within a minute
     */
    int sayGoodbye() throws InterruptedException {
        channels.close().await();
        List<IllegalStateException> failures = HttpCalls.sendAll(clients.stream()
                .flatMap(client -> Stream.ofNullable(client.token())
                        .map(token -> HttpCalls.to(client.request().url())
                                .header("Last-Event-ID", token)
                                .DELETE()
                                .build()))
                .toList());
        return failures.size();
    }

    @Override
    public void close() {
        channels.close().awaitUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
