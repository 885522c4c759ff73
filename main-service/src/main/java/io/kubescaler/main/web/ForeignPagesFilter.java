package io.kubescaler.main.web;

import io.kubescaler.service.web.ContentTypes;
import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.WebSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Applies {@link ForeignPages}, and {@link ContentTypes} before it, which reads the headers. Only to the public port:
 * probes call the management port by the address of a pod.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
@EnableConfigurationProperties(WebSettings.class)
class ForeignPagesFilter extends OncePerRequestFilter {

    private final ForeignPages foreign;
    private final Rejecter rejecter;

    ForeignPagesFilter(WebSettings settings, Rejecter rejecter) {
        this.foreign = new ForeignPages(settings);
        this.rejecter = rejecter;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
            throws ServletException, IOException {
        ForeignPages.HEADERS.forEach(answer::setHeader);
        ErrorResponseException refusal = ContentTypes.rejects(call.getContentType());
        if (refusal == null) {
            refusal = foreign.rejects(
                    HttpMethod.valueOf(call.getMethod()), new ServletServerHttpRequest(call).getHeaders());
        }
        if (refusal == null) {
            chain.doFilter(call, answer);
        } else {
            rejecter.reject(call, answer, refusal);
        }
    }
}
