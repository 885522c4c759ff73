package io.kubescaler.main.web;

import io.kubescaler.service.web.Refusal;
import io.kubescaler.service.web.WebSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.time.Duration;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpStatus;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.RequestBodyAdviceAdapter;

/** Rejects a body that is longer than main ever needs with 413, whatever its announced length, and one that takes
 * too long with 408. */
@ControllerAdvice
class BodyLimit extends RequestBodyAdviceAdapter {

    private static final int MAX_BYTES = 8 * 1024;

    private final Duration patience;

    BodyLimit(WebSettings settings) {
        patience = settings.patience();
    }

    @Override
    public boolean supports(
            MethodParameter parameter, Type type, Class<? extends HttpMessageConverter<?>> converterType) {
        return true;
    }

    @Override
    public HttpInputMessage beforeBodyRead(
            HttpInputMessage message,
            MethodParameter parameter,
            Type type,
            Class<? extends HttpMessageConverter<?>> converterType)
            throws IOException {
        byte[] body = new byte[MAX_BYTES + 1];
        int length = read(message.getBody(), body);
        if (length > MAX_BYTES) {
            throw Refusal.tooLarge("body: must not be longer than " + MAX_BYTES + " bytes");
        }
        return new ReadBody(new ByteArrayInputStream(body, 0, length), message.getHeaders());
    }

    /** Reads to the end of either. */
    private int read(InputStream from, byte[] to) throws IOException {
        long begun = System.nanoTime();
        int length = 0;
        int read = 0;
        while (read >= 0 && length < to.length) {
            length += read;
            if (System.nanoTime() - begun > patience.toNanos()) {
                throw new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, "body: too late");
            }
            read = from.read(to, length, to.length - length);
        }
        return length;
    }

    private record ReadBody(InputStream getBody, HttpHeaders getHeaders) implements HttpInputMessage {}
}
