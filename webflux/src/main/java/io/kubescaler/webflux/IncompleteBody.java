package io.kubescaler.webflux;

import io.netty.channel.ChannelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;

/**
 * Turns the end of a connection in the middle of a body into a rejection. Its client does not get it; it keeps the log
 * quiet, because no operator can do anything about what clients do.
 */
final class IncompleteBody extends ServerHttpRequestDecorator {

    private static final Logger log = LoggerFactory.getLogger(IncompleteBody.class);

    IncompleteBody(ServerHttpRequest request) {
        super(request);
    }

    @Override
    public Flux<DataBuffer> getBody() {
        return super.getBody()
                .onErrorMap(
                        IncompleteBody::isLate,
                        late -> new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, "body: too late", late))
                .onErrorMap(
                        DisconnectedClientHelper::isClientDisconnectedException,
                        left -> new ResponseStatusException(HttpStatus.BAD_REQUEST, "body: ends too early", left));
    }

    /** Reactor Netty reports some of these failures twice. Reactor logs the second one as an error, with its stack. */
    static void logOthersIfDropped() {
        Hooks.onErrorDropped(failure -> {
            if (isLate(failure) || DisconnectedClientHelper.isClientDisconnectedException(failure)) {
                log.debug("A connection ended", failure);
            } else {
                log.error("A failure came after the end of its operation", failure);
            }
        });
    }

    private static boolean isLate(Throwable failure) {
        return failure instanceof ChannelException;
    }
}
