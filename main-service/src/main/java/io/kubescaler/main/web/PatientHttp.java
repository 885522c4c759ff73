package io.kubescaler.main.web;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** Tomcat's HTTP/1.1, which by itself measures the time between two parts of a header, not the whole. */
public final class PatientHttp extends Http11NioProtocol {

    /** Tomcat leaves this place to others. */
    private static final int CHANNEL_NOTE = 17;

    /** The connection of a request. */
    static SocketChannel channel(Request request) {
        return (SocketChannel) request.getNote(CHANNEL_NOTE);
    }

    @Override
    protected Processor createProcessor() {
        return new PatientProcessor();
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
            request.setNote(CHANNEL_NOTE, ((NioChannel) socket.getSocket()).getIOChannel());
            SocketState state = super.process(socket, event);
            if (state == SocketState.LONG && !isAsync()) {
                long taken = System.nanoTime() - request.getStartTimeNanos();
                if (taken > TimeUnit.MILLISECONDS.toNanos(getConnectionTimeout())) {
                    return SocketState.CLOSED;
                }
            }
            return state;
        }
    }
}
