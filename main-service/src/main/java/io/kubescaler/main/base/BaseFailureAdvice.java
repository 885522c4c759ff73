package io.kubescaler.main.base;

import feign.FeignException;
import feign.FeignException.FeignClientException;
import io.kubescaler.main.web.UnavailableException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What base refuses because of what the caller asked for is refused in base's words; anything else is base's failure. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class BaseFailureAdvice {

    private static final Logger log = LoggerFactory.getLogger(BaseFailureAdvice.class);

    /** A bad page, an unknown user. Any other 4xx means that main asked wrongly, or that somebody else answered for base. */
    private static final Set<Integer> PASSED_ON = Set.of(400, 404);

    private final JsonMapper mapper;

    BaseFailureAdvice(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(FeignClientException refusal) {
        if (!PASSED_ON.contains(refusal.status()) || !isProblem(refusal)) {
            return failed(refusal);
        }
        try {
            ProblemDetail problem = mapper.readValue(refusal.contentUTF8(), ProblemDetail.class);
            problem.setInstance(null); // it names base's path; Spring fills in ours
            return ResponseEntity.status(refusal.status()).body(problem);
        } catch (JacksonException e) {
            refusal.addSuppressed(e);
            return failed(refusal);
        }
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> failed(FeignException failure) {
        log.warn("Base failed: {}", failure.getMessage());
        var unavailable = new UnavailableException("The base service does not answer as it should.");
        return ResponseEntity.status(unavailable.getStatusCode())
                .headers(unavailable.getHeaders())
                .body(unavailable.getBody());
    }

    private static boolean isProblem(FeignException answer) {
        return answer.responseHeaders().getOrDefault(HttpHeaders.CONTENT_TYPE, List.of()).stream()
                .anyMatch(type -> type.startsWith(MediaType.APPLICATION_PROBLEM_JSON_VALUE));
    }
}
