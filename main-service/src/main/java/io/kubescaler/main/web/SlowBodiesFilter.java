package io.kubescaler.main.web;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.service.web.WebSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

    private static final Logger log = LoggerFactory.getLogger(SlowBodiesFilter.class);

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
            chain.doFilter(call, answer);
            if (!connection.isBodyRead()) {
                answer.getOutputStream().close();
                skipRest(call.getInputStream());
            }
            return;
        }
        // No other call has a use for a body, and one that is answered later could not skip it.
        skipRest(call.getInputStream());
        if (connection.isBodyRead()) {
            chain.doFilter(call, answer);
        } else {
            rejecter.reject(call, answer, new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, "body: too late"));
        }
    }

    private static void skipRest(InputStream body) {
        byte[] skipped = new byte[8 * 1024];
        long begun = System.nanoTime();
        try {
            int read;
            do {
                read = body.read(skipped);
            } while (read >= 0 && System.nanoTime() - begun < REST.toNanos());
        } catch (IOException e) {
            log.debug("The rest of a body did not come", e);
        }
    }
}
