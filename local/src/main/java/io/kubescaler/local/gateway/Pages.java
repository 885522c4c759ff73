package io.kubescaler.local.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
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

/** What the static files of web-client need of their server. */
@Configuration(proxyBeanMethods = false)
class Pages {

    private static final Pattern HEADER = Pattern.compile("^add_header (\\S+) \"(.*)\" always;$", Pattern.MULTILINE);

    /** Every pair has its own address, and all of them are the same page. */
    @Bean
    RouterFunction<ServerResponse> pageAddresses(SecureDoor secure) {
        return RouterFunctions.route()
                .route(reads("/"), request -> page("index.html", secure))
                .route(reads("/index/{user}/{profile}"), request -> page("stream.html", secure))
                .route(reads("/load"), request -> page("load.html", secure))
                .route(reads("/system"), request -> page("system.html", secure))
                .build();
    }

    private static RequestPredicate reads(String path) {
        return RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD).and(RequestPredicates.path(path));
    }

    private static Mono<ServerResponse> page(String file, SecureDoor secure) {
        return page(ServerResponse.ok().header("Alt-Svc", "h2=\":" + secure.port() + "\""), file);
    }

    static Mono<ServerResponse> notFound() {
        return page(ServerResponse.status(HttpStatus.NOT_FOUND), "not-found.html");
    }

    private static Mono<ServerResponse> page(ServerResponse.BodyBuilder answer, String file) {
        return answer.contentType(MediaType.TEXT_HTML)
                .cacheControl(CacheControl.noCache())
                .bodyValue(new ClassPathResource("static/" + file));
    }

    /** What web-client asks its server to say with every answer, in a file that nginx understands. */
    @Bean
    WebFilter securityHeaders() throws IOException {
        var conf = new ClassPathResource("headers.conf").getContentAsString(StandardCharsets.UTF_8);
        Map<String, String> required = HEADER.matcher(conf)
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
}
