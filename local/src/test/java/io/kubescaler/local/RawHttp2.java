package io.kubescaler.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client of HTTP/2 over TLS that reads nothing, and answers nothing, unless it is told to. */
final class RawHttp2 implements AutoCloseable {

    private static final int END_OF_REQUEST = 5; // END_STREAM and END_HEADERS

    private final SSLSocket socket;
    private final DataInputStream in;

    /** A frame that came. */
    record Frame(byte type, int stream, byte[] content) {

        boolean is(byte type, int stream) {
            return this.type == type && this.stream == stream;
        }
    }

    /** Connects, and lets the server send any amount, but for each stream no more than its first window. */
    RawHttp2(SSLContext trusting, InetSocketAddress server, int receiveBuffer, int patienceMillis) throws IOException {
        socket = (SSLSocket) trusting.getSocketFactory().createSocket();
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.setReceiveBufferSize(receiveBuffer);
        socket.setSoTimeout(patienceMillis);
        socket.connect(server);
        in = new DataInputStream(socket.getInputStream());
        socket.getOutputStream().write(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
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
        ByteBuf headers = Unpooled.buffer();
        try {
            new DefaultHttp2HeadersEncoder()
                    .encodeHeaders(
                            stream,
                            new DefaultHttp2Headers()
                                    .method("GET")
                                    .scheme("https")
                                    .authority("local")
                                    .path(path)
                                    .set("accept", "text/event-stream"),
                            headers);
        } catch (Http2Exception e) {
            throw new IllegalArgumentException(e);
        }
        send(Http2FrameTypes.HEADERS, END_OF_REQUEST, stream, ByteBufUtil.getBytes(headers));
    }

    private void send(byte type, int flags, int stream, byte[] content) throws IOException {
        socket.getOutputStream()
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
        byte type = in.readByte();
        in.readByte();
        return new Frame(type, in.readInt(), in.readNBytes(length));
    }

    SSLSocket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
