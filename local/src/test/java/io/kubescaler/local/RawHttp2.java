package io.kubescaler.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client of HTTP/2 over TLS that reads nothing, and answers nothing, unless it is told to. */
final class RawHttp2 implements AutoCloseable {

    private static final int END_OF_REQUEST = Http2Flags.END_HEADERS | Http2Flags.END_STREAM;

    private final Socket socket;
    private final SSLSocket secure;
    private final DataInputStream in;

    /** A frame that came. */
    record Frame(byte type, int flags, int stream, byte[] content) {

        /** Of headers. */
        String status() {
            return head().status().toString();
        }

        /** Of headers, the first of their connection. */
        Http2Headers head() {
            try {
                return new DefaultHttp2HeadersDecoder().decodeHeaders(stream, Unpooled.wrappedBuffer(content));
            } catch (Http2Exception e) {
                throw new IllegalStateException(e);
            }
        }

        boolean is(byte type, int stream) {
            return this.type == type && this.stream == stream;
        }

        /** Of headers or data: whether the answer ends with it. */
        boolean isLast() {
            return (flags & Http2Flags.END_STREAM) != 0;
        }
    }

    RawHttp2(SSLContext trusting, InetSocketAddress server, int receiveBuffer, int patienceMillis) throws IOException {
        this(trusting, connect(server, receiveBuffer, patienceMillis));
    }

    private static Socket connect(InetSocketAddress server, int receiveBuffer, int patienceMillis) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBuffer);
        socket.setSoTimeout(patienceMillis);
        socket.connect(server);
        return socket;
    }

    /**
     * Lets the server send any amount, but for each stream no more than its first window.
     *
     * @param socket that leads to the server
     */
    RawHttp2(SSLContext trusting, Socket socket) throws IOException {
        this.socket = socket;
        secure = (SSLSocket) trusting.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        secure.setSSLParameters(parameters);
        in = new DataInputStream(secure.getInputStream());
        secure.getOutputStream().write(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
        send(Http2FrameTypes.SETTINGS, 0, 0, new byte[0]);
        grant(0);
    }

    /** Lets the server send a billion bytes more: of a stream, or, with 0, of all together. */
    void grant(int stream) throws IOException {
        send(
                Http2FrameTypes.WINDOW_UPDATE,
                0,
                stream,
                ByteBuffer.allocate(4).putInt(1_000_000_000).array());
    }

    void ping() throws IOException {
        send(Http2FrameTypes.PING, 0, 0, new byte[8]);
    }

    void get(int stream, String path) throws IOException {
        send(
                END_OF_REQUEST,
                stream,
                ours(new DefaultHttp2Headers().method("GET").path(path).set("accept", "text/event-stream")));
    }

    /** Sends a request whose head may be wrong. @param head names and values */
    void send(int stream, String... head) throws IOException {
        send(END_OF_REQUEST, stream, asTheyAre(head));
    }

    /** The same with a body. */
    void send(int stream, byte[] body, String... head) throws IOException {
        send(Http2Flags.END_HEADERS, stream, asTheyAre(head));
        send(Http2FrameTypes.DATA, Http2Flags.END_STREAM, stream, body);
    }

    private static Http2Headers asTheyAre(String... head) {
        var request = new DefaultHttp2Headers(false);
        for (int i = 0; i < head.length; i += 2) {
            request.add(head[i], head[i + 1]);
        }
        return request;
    }

    /** Sends a request without the end of its body. */
    void post(int stream, String path, String part) throws IOException {
        send(
                Http2Flags.END_HEADERS,
                stream,
                ours(new DefaultHttp2Headers().method("POST").path(path).setInt("content-length", part.length() + 1)));
        send(Http2FrameTypes.DATA, 0, stream, part.getBytes(StandardCharsets.US_ASCII));
    }

    /** Ends a request. */
    void end(int stream) throws IOException {
        send(Http2FrameTypes.DATA, Http2Flags.END_STREAM, stream, new byte[0]);
    }

    private static Http2Headers ours(Http2Headers request) {
        return request.scheme("https").authority("local");
    }

    private void send(int flags, int stream, Http2Headers request) throws IOException {
        ByteBuf headers = Unpooled.buffer();
        try {
            new DefaultHttp2HeadersEncoder().encodeHeaders(stream, request, headers);
        } catch (Http2Exception e) {
            throw new IllegalArgumentException(e);
        }
        send(Http2FrameTypes.HEADERS, flags, stream, ByteBufUtil.getBytes(headers));
    }

    private void send(byte type, int flags, int stream, byte[] content) throws IOException {
        secure.getOutputStream()
                .write(ByteBuffer.allocate(9 + content.length)
                        .put((byte) 0)
                        .putShort((short) content.length)
                        .put(type)
                        .put((byte) flags)
                        .putInt(stream)
                        .put(content)
                        .array());
    }

    Frame read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        return new Frame(in.readByte(), in.readUnsignedByte(), in.readInt(), in.readNBytes(length));
    }

    /** The next frame of this type and stream; those before it are of no interest. */
    Frame read(byte type, int stream) throws IOException {
        Frame frame = read();
        while (!frame.is(type, stream)) {
            frame = read();
        }
        return frame;
    }

    Socket socket() {
        return socket;
    }

    /** Breaks the connection without a word. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        secure.close();
    }
}
