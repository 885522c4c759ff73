package io.kubescaler.main.web;

import io.kubescaler.service.web.ContentTypes;
import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.WebSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContext;
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

/** Applies {@link ForeignPages}, and {@link ContentTypes} before it, which reads the headers. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
@EnableConfigurationProperties(WebSettings.class)
class ForeignPagesFilter extends OncePerRequestFilter {

    private final ForeignPages foreign;
    private final ServletContext publicPort;
    private final Rejecter rejecter;

    ForeignPagesFilter(WebSettings settings, ServletContext publicPort, Rejecter rejecter) {
        this.foreign = new ForeignPages(settings);
        this.publicPort = publicPort;
        this.rejecter = rejecter;
    }

    /** Boot applies filters to the management port, too. Probes call it by the address of a pod. */
    @Override
    protected boolean shouldNotFilter(HttpServletRequest call) {
        return call.getServletContext() != publicPort;
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
