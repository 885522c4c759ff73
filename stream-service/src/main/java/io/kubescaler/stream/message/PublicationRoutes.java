package io.kubescaler.stream.message;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.InputProblem;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.webflux.Problems;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * The endpoint where applications publish. It is on the management port or a {@link PublishingPort}, so only the cluster
 * reaches it. It is listed in {@code META-INF/spring} and is no component, because Spring would put a component on the
 * public port, too.
 */
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "redis")
class PublicationRoutes {

    static final String PATH = "/profiles/{profileId}/messages";

    private final Publications publications;
    private final Problems problems;
    private final long largest;

    PublicationRoutes(Publications publications, Problems problems, MessagesSettings settings) {
        this.publications = publications;
        this.problems = problems;
        largest = settings.largest().toBytes();
    }

    @Bean
    RouterFunction<ServerResponse> publishing() {
        return RouterFunctions.route()
                .POST(PATH, this::publish)
                .onError(
                        ErrorResponseException.class,
                        (e, request) -> problems.write(request.exchange().getResponse(), (ErrorResponse) e)
                                .then(Mono.empty()))
                .build();
    }

    private Mono<ServerResponse> publish(ServerRequest request) {
        return Mono.fromSupplier(() -> Refusal.requireId("profileId", request.pathVariable("profileId")))
                .flatMap(profile -> request.bodyToMono(Publication.class)
                        .onErrorMap(ServerWebInputException.class, PublicationRoutes::malformed)
                        .onErrorMap(DataBufferLimitException.class, e -> tooLarge())
                        .switchIfEmpty(Mono.error(() -> Refusal.malformed(InputProblem.ofBody(null))))
                        .map(this::text)
                        .flatMap(text -> Mono.fromCompletionStage(() -> publications.add(profile, text))
                                .onErrorMap(PublicationRoutes::unavailable)))
                .flatMap(id -> ServerResponse.accepted().bodyValue(new Published(id.toString())));
    }

    private String text(Publication publication) {
        JsonNode message = publication.message();
        if (message == null || message.isNull()) {
            throw Refusal.malformed("message", "missing");
        }
        if (!message.isString()) {
            throw Refusal.malformed("message", "has the wrong type");
        }
        String text = message.stringValue();
        if (ByteBufUtil.utf8Bytes(text) > largest) {
            throw tooLarge();
        }
        return text;
    }

    private static Refusal malformed(ServerWebInputException e) {
        Throwable decoding = e.getCause();
        return Refusal.malformed(InputProblem.ofBody(decoding == null ? null : decoding.getCause()));
    }

    private Refusal tooLarge() {
        return Refusal.tooLarge("message: must not be longer than " + largest + " bytes of UTF-8");
    }

    private static Refusal unavailable(Throwable cause) {
        return Refusal.unavailable(
                ProblemType.MESSAGES_UNAVAILABLE, "The Redis of the messages does not answer.", cause);
    }

    /** The body of a request. As a {@code String}, Jackson accepts numbers, too. */
    private record Publication(@Nullable JsonNode message) {}

    /**
     * The body of an answer.
     *
     * @param id the id of the entry in the Redis Stream
     */
    private record Published(String id) {}
}
