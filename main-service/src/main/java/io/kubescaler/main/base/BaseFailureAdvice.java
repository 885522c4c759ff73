package io.kubescaler.main.base;

import feign.FeignException;
import feign.FeignException.FeignClientException;
import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Passes on base's problem if main's caller caused it; anything else is a failure of base. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class BaseFailureAdvice {

    private static final Logger log = LoggerFactory.getLogger(BaseFailureAdvice.class);

    private final JsonMapper mapper;

    BaseFailureAdvice(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(FeignClientException refusal) {
        return problem(refusal)
                .filter(problem -> concernsTheCaller(refusal, problem))
                .map(problem -> ResponseEntity.status(refusal.status())
                        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                        .body(problem))
                .orElseGet(() -> failed(refusal));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> busy(BaseBusyException busy) {
        log.debug(busy.getMessage());
        return unavailable("Too many calls wait for the base service already.");
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> failed(FeignException failure) {
        log.warn("Base failed: {}", failure.getMessage());
        return unavailable("The base service does not answer, or not as it should.");
    }

    private static ResponseEntity<ProblemDetail> unavailable(String detail) {
        var unavailable = Refusal.unavailable(ProblemType.BASE_UNAVAILABLE, detail);
        return ResponseEntity.status(unavailable.getStatusCode())
                .headers(unavailable.getHeaders())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(unavailable.getBody());
    }

    /** A bad page or an unknown user. Otherwise main's request was wrong, or another server answered. */
    private static boolean concernsTheCaller(FeignClientException refusal, ProblemDetail problem) {
        return refusal.status() == HttpStatus.BAD_REQUEST.value()
                || ProblemType.USER_UNKNOWN.uri().equals(problem.getType());
    }

    private Optional<ProblemDetail> problem(FeignClientException refusal) {
        boolean told = refusal.responseHeaders().getOrDefault(HttpHeaders.CONTENT_TYPE, List.of()).stream()
                .anyMatch(type -> type.startsWith(MediaType.APPLICATION_PROBLEM_JSON_VALUE));
        if (!told) {
            return Optional.empty();
        }
        try {
            var problem = Optional.ofNullable(mapper.readValue(refusal.contentUTF8(), ProblemDetail.class));
            problem.ifPresent(one -> one.setInstance(null)); // base's path; Spring sets main's
            return problem;
        } catch (JacksonException e) {
            refusal.addSuppressed(e);
            return Optional.empty();
        }
    }
}
