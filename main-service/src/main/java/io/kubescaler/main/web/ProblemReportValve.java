package io.kubescaler.main.web;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.ForeignPages;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/** Renders a problem, not a page, if Tomcat rejects a request before Spring sees it, such as a malformed URL. */
final class ProblemReportValve extends ErrorReportValve {

    private static final Logger log = LoggerFactory.getLogger(ProblemReportValve.class);

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
        Connection connection = Connection.of(request);
        if (connection.isLate()) {
            response.setStatus(HttpServletResponse.SC_REQUEST_TIMEOUT);
        }
        HttpStatus status = HttpStatus.resolve(response.getStatus());
        if (status == null || !status.isError() || !(response.setErrorReported() || isEmpty(response))) {
            return;
        }
        // No filter has seen a TRACE, so nobody has read its body.
        connection.waitForNoMore();
        String json = "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}"
                .formatted(type(status), title(status), status.value(), detail(status));
        try {
            ForeignPages.HEADERS.forEach(response::setHeader);
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
            response.finishResponse();
        } catch (IOException | IllegalStateException e) {
            log.debug("The client left before status {} was sent", status.value(), e);
        }
    }

    /** As an answer of the actuator is to a part of the health that is not there. */
    private static boolean isEmpty(Response response) {
        return response.getContentWritten() == 0 && response.getContentType() == null;
    }

    private static Object type(HttpStatus status) {
        return status == HttpStatus.BAD_REQUEST ? ProblemType.MALFORMED.uri() : "about:blank";
    }

    private static String title(HttpStatus status) {
        return status == HttpStatus.BAD_REQUEST ? ProblemType.MALFORMED.title() : status.getReasonPhrase();
    }

    private static String detail(HttpStatus status) {
        return switch (status) {
            case BAD_REQUEST ->
                "URL or header: malformed, such as a URL with an encoded slash, or not encoded as in RFC 3986";
            case REQUEST_TIMEOUT -> "body: too late";
            case URI_TOO_LONG -> "URL: too long";
            case REQUEST_HEADER_FIELDS_TOO_LARGE -> "headers: too large";
            default ->
                status.is5xxServerError()
                        ? "The service failed to answer this request."
                        : "The server does not accept this request.";
        };
    }
}
