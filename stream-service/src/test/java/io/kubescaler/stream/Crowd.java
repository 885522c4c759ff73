package io.kubescaler.stream;

import io.kubescaler.client.Event;
import io.kubescaler.client.EventParser;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Many clients on one thread. They keep only what tests need of a stream. */
public final class Crowd implements AutoCloseable {

    private static final Pattern SINCE = Pattern.compile("\"since\":\"([^\"]+)\"");
    private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");
    private static final int RETRY_OF_A_LOST_CONNECTION_MILLIS = 500;

    private static final int RETRY_OF_A_STRANGER_MILLIS = 200;

    private static final int SMALLEST_RECEIVE_BUFFER = 4096;
    private static final int LARGEST_EVENT = 2_000_000;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    /** A client of one pair, not connected yet. */
    public Client client(URI... streams) {
        return new Client(List.of(streams), false);
    }

    /** A client that never sends a token, and ignores {@code retry}. */
    public Client stranger(URI... streams) {
        return new Client(List.of(streams), true);
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /**
     * One client. It behaves like a page: when its stream is over, it waits as long as the server has set, and comes
     * back with its token to the next address.
     */
    public final class Client {

        private final Deque<URI> addresses;
        private final boolean stranger;
        private final Queue<Integer> refusals = new ConcurrentLinkedQueue<>();
        private final Queue<String> since = new ConcurrentLinkedQueue<>();
        private final Queue<String> ends = new ConcurrentLinkedQueue<>();
        private volatile boolean streaming;
        private volatile boolean left;
        private volatile boolean stalls;
        private volatile long messages;
        private volatile long missed;
        private volatile long received;
        private volatile @Nullable Channel channel;
        private @Nullable String token;

        private Client(List<URI> streams, boolean stranger) {
            addresses = new ArrayDeque<>(streams);
            this.stranger = stranger;
        }

        /** Connects to the first of its addresses. */
        public Client connect() {
            URI address = addresses.element();
            Bootstrap bootstrap = new Bootstrap();
            if (stalls) {
                bootstrap.option(ChannelOption.SO_RCVBUF, SMALLEST_RECEIVE_BUFFER);
            }
            ChannelFuture connected = bootstrap
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            channel.pipeline().addLast(new Received(), new HttpClientCodec(), new Connection(address));
                        }
                    })
                    .connect(new InetSocketAddress(address.getHost(), address.getPort()));
            channel = connected.channel();
            connected.addListener(done -> {
                if (!done.isSuccess()) {
                    over(RETRY_OF_A_LOST_CONNECTION_MILLIS);
                }
            });
            return this;
        }

        /** Once it has its session it reads nothing, and its kernel holds as little as possible. */
        public Client stalling() {
            stalls = true;
            return this;
        }

        /** Reads again. */
        public void read() {
            stalls = false;
            if (channel != null) {
                channel.config().setAutoRead(true);
            }
        }

        /** Closes its connection and does not come back. */
        public void leave() {
            left = true;
            if (channel != null) {
                channel.close();
            }
        }

        /** Whether it has its session and has not left. */
        public boolean isStreaming() {
            return streaming && !left;
        }

        /** The status of every answer that was no stream. */
        public List<Integer> refusals() {
            return List.copyOf(refusals);
        }

        /** The {@code since} of each session event that it received. */
        public List<String> since() {
            return List.copyOf(since);
        }

        /** The reason of each end event that it received. */
        public List<String> ends() {
            return List.copyOf(ends);
        }

        /** How many messages it has received. */
        public long messages() {
            return messages;
        }

        /** How many messages are missing between those that it received. */
        public long missed() {
            return missed;
        }

        /** How many bytes it has read on all its connections. */
        public long received() {
            return received;
        }

        /** The local port of its current connection. */
        public int port() {
            Channel current = Objects.requireNonNull(channel);
            return ((InetSocketAddress) current.localAddress()).getPort();
        }

        private void over(long retryMillis) {
            streaming = false;
            addresses.add(addresses.remove());
            if (!left) {
                loop.schedule(
                        this::connect, stranger ? RETRY_OF_A_STRANGER_MILLIS : retryMillis, TimeUnit.MILLISECONDS);
            }
        }

        private final class Received extends ChannelInboundHandlerAdapter {

            @Override
            public void channelRead(ChannelHandlerContext context, Object bytes) {
                received += ((ByteBuf) bytes).readableBytes();
                context.fireChannelRead(bytes);
            }
        }

        private final class Connection extends SimpleChannelInboundHandler<HttpObject> {

            private final URI address;
            private final EventParser parser = new EventParser(LARGEST_EVENT);
            private long retryMillis = RETRY_OF_A_LOST_CONNECTION_MILLIS;
            private long sequence;
            private boolean accepted;

            Connection(URI address) {
                this.address = address;
            }

            @Override
            public void channelActive(ChannelHandlerContext context) {
                HttpRequest request =
                        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, address.getRawPath());
                request.headers().set(HttpHeaderNames.HOST, address.getAuthority());
                if (token != null && !stranger) {
                    request.headers().set("Last-Event-ID", token);
                }
                context.writeAndFlush(request);
            }

            @Override
            protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
                if (part instanceof HttpResponse response) {
                    accepted = response.status().code() == 200;
                    if (!accepted) {
                        refusals.add(response.status().code());
                        String retryAfter = response.headers().get(HttpHeaderNames.RETRY_AFTER, "1");
                        retryMillis = TimeUnit.SECONDS.toMillis(Long.parseLong(retryAfter));
                        context.close();
                    }
                } else if (accepted && part instanceof HttpContent content) {
                    parser.push(content.content().nioBuffer(), this::event);
                }
            }

            @Override
            public void channelInactive(ChannelHandlerContext context) {
                over(retryMillis);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
                context.close();
            }

            private void event(Event event) {
                if (event.id() != null) {
                    token = event.id();
                }
                if (event.retry() != null) {
                    retryMillis = event.retry().toMillis();
                }
                switch (event.name()) {
                    case "session" -> {
                        since.add(group(SINCE, event.data()));
                        streaming = true;
                        if (stalls && channel != null) {
                            channel.config().setAutoRead(false);
                        }
                    }
                    case "message" -> {
                        long number = Long.parseLong(group(SEQUENCE, event.data()));
                        missed += sequence == 0 ? 0 : number - sequence - 1;
                        sequence = number;
                        messages++;
                    }
                    case "end" -> {
                        ends.add(event.data());
                        if (channel != null) {
                            channel.close();
                        }
                    }
                    default -> throw new IllegalStateException(event.name());
                }
            }

            private static String group(Pattern pattern, String line) {
                Matcher matcher = pattern.matcher(line);
                if (!matcher.find()) {
                    throw new IllegalStateException(line);
                }
                return matcher.group(1);
            }
        }
    }
}
