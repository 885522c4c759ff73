package io.kubescaler.stream.message;

import io.netty.buffer.ByteBufUtil;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Where applications publish: on the management port, so inside the cluster only. It is named in
 * {@code META-INF/spring} and has no stereotype, because a component would be found for the public port too.
 */
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "redis")
class PublicationRoutes {

    private static final Duration RETRY = Duration.ofSeconds(5);

    private final MessageStreams streams;
    private final long largest;

    PublicationRoutes(MessageStreams streams, MessagesSettings settings) {
        this.streams = streams;
        largest = settings.largest().toBytes();
    }

    @Bean
    RouterFunction<ServerResponse> publications() {
        return RouterFunctions.route()
                .POST("/profiles/{profileId}/messages", this::publish)
                .onError(ErrorResponseException.class, (e, request) -> problem(e))
                .build();
    }

    private Mono<ServerResponse> publish(ServerRequest request) {
        return Mono.fromSupplier(() -> profile(request.pathVariable("profileId")))
                .flatMap(profile -> request.bodyToMono(Publication.class)
                        .onErrorMap(DataBufferLimitException.class, e -> tooLarge())
                        .switchIfEmpty(Mono.error(() -> malformed("body", "The body is missing.")))
                        .map(this::text)
                        .flatMap(text -> Mono.fromCompletionStage(() -> streams.add(profile, text))
                                .onErrorMap(PublicationRoutes::unavailable)))
                .flatMap(id -> ServerResponse.accepted().bodyValue(new Published(id.toString())));
    }

    private String text(Publication publication) {
        String text = publication.message();
        if (text == null) {
            throw malformed("message", "The field message is missing.");
        }
        if (ByteBufUtil.utf8Bytes(text) > largest) {
            throw tooLarge();
        }
        return text;
    }

    private static UUID profile(String value) {
        try {
            UUID profile = UUID.fromString(value);
            // UUID.fromString also takes "1-1-1-1-1".
            if (profile.toString().equalsIgnoreCase(value)) {
                return profile;
            }
        } catch (IllegalArgumentException e) {
            // Answered below, like the others.
        }
        throw malformed("profileId", "The profileId is not a UUID.");
    }

    private ErrorResponseException tooLarge() {
        return refusal(
                HttpStatus.CONTENT_TOO_LARGE,
                "Too large",
                "A message has at most " + largest + " bytes of UTF-8.",
                null);
    }

    private static ErrorResponseException malformed(String field, String detail) {
        return refusal(HttpStatus.BAD_REQUEST, "Malformed " + field, detail, null);
    }

    private static ErrorResponseException unavailable(Throwable cause) {
        ErrorResponseException refusal = refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                "Messages are out of reach",
                "The Redis of the messages does not answer.",
                cause);
        refusal.getBody().setProperty("retryAfter", RETRY.toSeconds());
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(RETRY.toSeconds()));
        return refusal;
    }

    private static ErrorResponseException refusal(
            HttpStatus status, String title, String detail, @Nullable Throwable cause) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setTitle(title);
        return new ErrorResponseException(status, problem, cause);
    }

    private static Mono<ServerResponse> problem(ErrorResponseException e) {
        return ServerResponse.status(e.getStatusCode())
                .headers(headers -> headers.addAll(e.getHeaders()))
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyValue(e.getBody());
    }

    /** The body of a request. */
    private record Publication(@Nullable String message) {}

    /**
     * The body of an answer.
     *
     * @param id that of the entry in the Redis Stream
     */
    private record Published(String id) {}
}
