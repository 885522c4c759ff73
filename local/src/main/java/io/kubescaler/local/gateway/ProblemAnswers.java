package io.kubescaler.local.gateway;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.webflux.StreamConnection;
import io.netty.channel.ChannelException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.annotation.Order;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.RequestPath;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.resource.NoResourceFoundException;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

/**
 * Answers failures of the gateway with problem+json, to browsers, too. Only for an unknown address, browsers get a
 * page. A problem from an upstream passes unchanged.
 */
@Component
@Order(-2) // before Spring Boot's handler, which answers browsers with a page
class ProblemAnswers implements ErrorWebExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAnswers.class);

    private final ServerResponse.Context context;

    ProblemAnswers(ServerCodecConfigurer codecs) {
        this.context = new ServerResponse.Context() {
            @Override
            public List<HttpMessageWriter<?>> messageWriters() {
                return codecs.getWriters();
            }

            @Override
            public List<ViewResolver> viewResolvers() {
                return List.of();
            }
        };
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        if (exchange.getResponse().isCommitted()) {
            return cutOff(exchange, failure);
        }
        return answer(exchange, failure).flatMap(response -> response.writeTo(exchange, context));
    }

    /**
     * Half an answer must not pass for a whole one. Spring, if it got the failure, would log the address with its query,
     * which may have the token of a session.
     */
    private static Mono<Void> cutOff(ServerWebExchange exchange, Throwable failure) {
        if (!DisconnectedClientHelper.isClientDisconnectedException(failure)) {
            log(exchange, failure);
        }
        return StreamConnection.of(exchange.getResponse()).cutOff();
    }

    private static void log(ServerWebExchange exchange, Throwable failure) {
        HttpMethod method = exchange.getRequest().getMethod();
        RequestPath path = exchange.getRequest().getPath();
        if (isOfAConnection(failure)) {
            log.warn("{} {}: {}", method, path, failure.toString());
        } else {
            log.error("{} {}", method, path, failure);
        }
    }

    private Mono<ServerResponse> answer(ServerWebExchange exchange, Throwable failure) {
        if (isOfAConnection(failure)) {
            log(exchange, failure);
            return answer(Refusal.unavailable(
                    ProblemType.SERVICE_UNAVAILABLE,
                    "The service behind this address is out of reach. Try again soon."));
        }
        if (failure instanceof NoResourceFoundException) {
            if (exchange.getRequest().getHeaders().getAccept().contains(MediaType.TEXT_HTML)) {
                return Pages.notFound();
            }
            var problem = ProblemDetail.forStatusAndDetail(
                    HttpStatus.NOT_FOUND,
                    "There is nothing at " + exchange.getRequest().getPath() + ".");
            return answer(problem, headers -> {});
        }
        if (failure instanceof ErrorResponse error) {
            return answer(error);
        }
        log(exchange, failure);
        return answer(
                ProblemDetail.forStatusAndDetail(
                        HttpStatus.INTERNAL_SERVER_ERROR, "The gateway failed. Its log has the reason."),
                headers -> {});
    }

    /** That of the service, or that of the client, which then gets no answer. */
    private static boolean isOfAConnection(Throwable failure) {
        return failure instanceof IOException
                || failure instanceof AbortedException
                || failure instanceof ChannelException;
    }

    private static Mono<ServerResponse> answer(ErrorResponse error) {
        return answer(error.getBody(), headers -> headers.putAll(error.getHeaders()));
    }

    private static Mono<ServerResponse> answer(ProblemDetail problem, Consumer<HttpHeaders> headers) {
        return ServerResponse.status(problem.getStatus())
                .headers(headers)
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyValue(problem);
    }
}
