package io.kubescaler.main.web;

import jakarta.servlet.RequestDispatcher;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.ErrorState;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.apache.tomcat.util.res.StringManager;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Tomcat's HTTP/1.1, which by itself measures the time between two parts of a header, not the whole, and keeps the
 * buffers of a request for each client that sends half of one.
 */
public final class PatientHttp extends Http11NioProtocol {

    /** Far more than clients need at once, and few enough for the heap. */
    private static final int MOST_HALVES = 1_000;

    /** Tomcat leaves this place to others. */
    private static final int CHANNEL_NOTE = 17;

    /** Tomcat's start time of a request of which nothing has come. */
    private static final long NOT_BEGUN = -1;

    private static final String TOO_LARGE =
            StringManager.getManager(Http11Processor.class).getString("iib.requestheadertoolarge.error");

    /** Those on which half a header has come; the one on which nothing has come for longest is the first. */
    private final Set<SocketChannel> halves = new LinkedHashSet<>();

    /** The connection of a request. */
    static SocketChannel channel(Request request) {
        return (SocketChannel) request.getNote(CHANNEL_NOTE);
    }

    @Override
    protected Processor createProcessor() {
        return new PatientProcessor();
    }

    private synchronized void expectHeader(SocketChannel channel) {
        halves.add(channel);
        if (halves.size() > MOST_HALVES) {
            Iterator<SocketChannel> all = halves.iterator();
            SocketChannel oldest = all.next();
            all.remove();
            endInput(oldest);
        }
    }

    private synchronized void forget(SocketChannel channel) {
        halves.remove(channel);
    }

    /** Whoever reads, or waits for more, finds the end; so Tomcat closes the connection on a thread of its own. */
    static void endInput(SocketChannel channel) {
        try {
            channel.shutdownInput();
        } catch (IOException closed) {
            // As it should be.
        }
    }

    private final class PatientProcessor extends Http11Processor {

        PatientProcessor() {
            super(PatientHttp.this, PatientHttp.this.getAdapter());
        }

        @Override
        public SocketState process(SocketWrapperBase<?> socket, SocketEvent event) throws IOException {
            SocketChannel channel = ((NioChannel) socket.getSocket()).getIOChannel();
            request.setNote(CHANNEL_NOTE, channel);
            forget(channel);
            SocketState state = super.process(socket, event);
            if (state == SocketState.OPEN && request.getStartTimeNanos() != NOT_BEGUN) {
                // Nothing but blank lines has come, which may precede a request. Tomcat would begin anew after them.
                state = SocketState.LONG;
            }
            if (state == SocketState.LONG && !isAsync()) {
                long taken = System.nanoTime() - request.getStartTimeNanos();
                if (taken > TimeUnit.MILLISECONDS.toNanos(getConnectionTimeout())) {
                    return SocketState.CLOSED;
                }
                expectHeader(channel);
            }
            return state;
        }

        /**
         * Tomcat answers 400, whatever is wrong with a header; here to the first failure, and to those that follow. It ends the
         * connection, and announces that with some of its answers only.
         */
        @Override
        protected void setErrorState(ErrorState state, @Nullable Throwable failure) {
            super.setErrorState(state, failure);
            if (!response.isCommitted()) {
                response.setHeader(HttpHeaders.CONNECTION, "close");
            }
            if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof IllegalArgumentException first
                    && TOO_LARGE.equals(first.getMessage())) {
                HttpStatus status =
                        isUrlTooLong() ? HttpStatus.URI_TOO_LONG : HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
                response.setStatus(status.value());
            }
        }

        private boolean isUrlTooLong() {
            int length =
                    request.requestURI().getLength() + request.queryString().getLength();
            return request.requestURI().isNull() || length >= getMaxHttpRequestHeaderSize();
        }
    }
}
