package io.kubescaler.local.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/**
 * Serves the static files of web-client. The addresses of its pages and its headers come from the files that nginx
 * includes.
 */
@Configuration(proxyBeanMethods = false)
class Pages {

    private static final Pattern PAGE = Pattern.compile("^\"~(.+)\" /(\\S+);$", Pattern.MULTILINE);
    private static final Pattern HEADER = Pattern.compile("^add_header (\\S+) \"(.*)\" always;$", Pattern.MULTILINE);
    private static final RequestPredicate READS = RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD);

    @Bean
    RouterFunction<ServerResponse> pageAddresses(SecureDoor secure) throws IOException {
        RouterFunctions.Builder pages = RouterFunctions.route();
        PAGE.matcher(conf("pages.conf")).results().forEach(page -> {
            Predicate<String> addresses = Pattern.compile(page.group(1)).asPredicate();
            pages.route(READS.and(request -> addresses.test(request.path())), request -> page(page.group(2), secure));
        });
        return pages.build();
    }

    private static Mono<ServerResponse> page(String file, SecureDoor secure) {
        return page(
                ServerResponse.ok()
                        .header("Alt-Svc", "h2=\":" + secure.address().getPort() + "\""),
                file);
    }

    static Mono<ServerResponse> notFound() {
        return page(ServerResponse.status(HttpStatus.NOT_FOUND), "not-found.html");
    }

    private static Mono<ServerResponse> page(ServerResponse.BodyBuilder answer, String file) {
        return answer.contentType(MediaType.TEXT_HTML)
                .cacheControl(CacheControl.noCache())
                .bodyValue(new ClassPathResource("static/" + file));
    }

    @Bean
    WebFilter securityHeaders() throws IOException {
        Map<String, String> required = HEADER.matcher(conf("headers.conf"))
                .results()
                .collect(Collectors.toMap(header -> header.group(1), header -> header.group(2)));
        return (exchange, chain) -> {
            exchange.getResponse().beforeCommit(() -> {
                required.forEach(exchange.getResponse().getHeaders()::set);
                return Mono.empty();
            });
            return chain.filter(exchange);
        };
    }

    private static String conf(String name) throws IOException {
        return new ClassPathResource(name).getContentAsString(StandardCharsets.UTF_8);
    }
}
