package io.kubescaler.main.web;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.service.web.WebSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.server.ResponseStatusException;

/**
 * Keeps clients that send a body slowly, or never, from holding all threads. Reading a body holds one, and so does
 * Tomcat while it waits for the rest of a body that nothing has read.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class SlowBodiesFilter extends OncePerRequestFilter {

    /** Far fewer than threads. Only one call has a use for a body, and it does not run twice at once. */
    private static final int MOST_BODIES = 20;

    /** For a body that nothing reads: a client that is still sending might not read its answer otherwise. */
    private static final Duration REST = Duration.ofSeconds(2);

    private final Semaphore places = new Semaphore(MOST_BODIES);
    private final Rejecter rejecter;
    private final Duration patience;

    SlowBodiesFilter(Rejecter rejecter, WebSettings settings) {
        this.rejecter = rejecter;
        this.patience = settings.patience();
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest call) {
        return call.getContentLengthLong() <= 0 && call.getHeader(HttpHeaders.TRANSFER_ENCODING) == null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
            throws ServletException, IOException {
        Connection connection = Connection.of(call);
        // After whoever reads could have noticed it, and answered.
        Future<?> late = connection.expectBodyWithin(patience.plusSeconds(1));
        try {
            if (places.tryAcquire()) {
                try {
                    answer(call, answer, chain);
                } finally {
                    places.release();
                }
            } else {
                rejecter.reject(
                        call,
                        answer,
                        Refusal.unavailable(ProblemType.FULL, "This instance reads as many bodies as it can."));
            }
            if (!connection.isBodyRead()) {
                // Else Tomcat, which closes the connection then, would leave out the end.
                answer.getOutputStream().close();
            }
        } finally {
            late.cancel(false);
            connection.waitForNoMore();
        }
    }

    private void answer(HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
            throws ServletException, IOException {
        Connection connection = Connection.of(call);
        if (call.getMethod().equals("POST")) {
            AnswerAfterBody afterBody = new AnswerAfterBody(answer, connection);
            chain.doFilter(call, afterBody);
            afterBody.skipRest();
            return;
        }
        // No other call has a use for a body, and one that is answered later could not skip it.
        connection.skipRest(REST);
        if (connection.isBodyRead()) {
            chain.doFilter(call, answer);
        } else {
            rejecter.reject(call, answer, new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, "body: too late"));
        }
    }

    /**
     * Does not begin before the body is read. If that does not come, the answer announces the end of the connection: a proxy
     * would send another client's call over it.
     */
    private static final class AnswerAfterBody extends HttpServletResponseWrapper {

        private final Connection connection;

        AnswerAfterBody(HttpServletResponse answer, Connection connection) {
            super(answer);
            this.connection = connection;
        }

        void skipRest() {
            if (!connection.isBodyRead()) {
                connection.skipRest(REST);
            }
            if (!connection.isBodyRead()) {
                setHeader(HttpHeaders.CONNECTION, "close");
            }
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            skipRest();
            return super.getOutputStream();
        }

        @Override
        public PrintWriter getWriter() throws IOException {
            skipRest();
            return super.getWriter();
        }

        @Override
        public void flushBuffer() throws IOException {
            skipRest();
            super.flushBuffer();
        }

        @Override
        public void sendError(int status) throws IOException {
            skipRest();
            super.sendError(status);
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            skipRest();
            super.sendError(status, message);
        }
    }
}
