package io.kubescaler.main.web;

import jakarta.servlet.ServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection of a request whose body is read; an attribute of each request. */
public final class Connection {

    /** The name of the attribute. */
    public static final String ATTRIBUTE = "io.kubescaler.main.connection";

    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    private static final int MOST_DROPPED = 16 * 1024;

    private final Request request;
    private final ScheduledExecutorService clock;
    private volatile boolean late;

    Connection(Request request, ScheduledExecutorService clock) {
        this.request = request;
        this.clock = clock;
    }

    static Connection of(ServletRequest request) {
        return (Connection) request.getAttribute(ATTRIBUTE);
    }

    /**
     * Whoever reads the body finds its end, if it is not complete by then. Tomcat measures the time between two bytes, and
     * reads chunk extensions and trailers to their end.
     *
     * @return to be cancelled when the request ends
     */
    Future<?> expectBodyWithin(Duration patience) {
        SocketChannel channel = PatientHttp.channel(request);
        return clock.schedule(
                () -> {
                    if (!isBodyRead()) {
                        late = true;
                        PatientHttp.endInput(channel);
                    }
                },
                patience.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Whether the body was not complete in time. */
    boolean isLate() {
        return late;
    }

    /**
     * Reads the rest of the body. Not by the servlet API: if the rest does not come, that would set an answer of its own, and
     * after the answer it reads nothing.
     */
    void skipRest(Duration patience) {
        Future<?> late = expectBodyWithin(patience);
        ApplicationBufferHandler nowhere = new Nowhere();
        try {
            int read;
            do {
                read = request.doRead(nowhere);
            } while (read > 0);
        } catch (IOException e) {
            log.debug("The rest of a body did not come", e);
        } finally {
            late.cancel(false);
        }
    }

    /**
     * If the body is not complete yet, the connection ends with the answer. Tomcat would wait for the rest. What has come of
     * it is dropped: the system resets a connection that is closed with something unread, and the answer may be lost.
     */
    void waitForNoMore() {
        if (!isBodyRead()) {
            request.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
            try {
                PatientHttp.channel(request).read(ByteBuffer.allocate(MOST_DROPPED));
            } catch (IOException closed) {
                // Then there is nothing to drop.
            }
        }
    }

    boolean isBodyRead() {
        AtomicBoolean read = new AtomicBoolean();
        request.action(ActionCode.REQUEST_BODY_FULLY_READ, read);
        return read.get();
    }

    /**
     * Whether the client has closed the connection, or its half of it. Does not wait. Call it on the thread of the request.
     *
     * <p>The servlet API has nothing for this. After the end of a request, Tomcat reports one byte to read if the connection
     * is closed, or else as many as have arrived of the next request. A client that has sent its next request and then
     * leaves is not noticed.
     */
    public boolean isClosed() {
        request.action(ActionCode.AVAILABLE, true);
        return request.getAvailable() == 1;
    }

    /** Holds what was read last, as Tomcat expects. */
    private static final class Nowhere implements ApplicationBufferHandler {

        private ByteBuffer last = ByteBuffer.allocate(0);

        @Override
        public void setByteBuffer(ByteBuffer bytes) {
            last = bytes;
        }

        @Override
        public ByteBuffer getByteBuffer() {
            return last;
        }

        @Override
        public void expand(int size) {
            // Nothing is kept.
        }
    }
}
