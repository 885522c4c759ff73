package io.kubescaler.stream.access;

import io.kubescaler.access.AccessTokens;
import io.kubescaler.access.Caller;
import io.kubescaler.access.TokenAccess;
import io.kubescaler.webflux.Problems;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BiConsumer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authentication.ReactiveAuthenticationManagerAdapter;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.server.authentication.ServerBearerTokenAuthenticationConverter;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authentication.ServerAuthenticationConverter;
import org.springframework.security.web.server.authorization.AuthorizationContext;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerWebExchangeFirewall;
import org.springframework.security.web.server.util.matcher.PathPatternParserServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * A user opens and ends its own streams, a publisher publishes; everything else needs an administrator. On the
 * management port, which shares these filters, only publishing is protected.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(TokenAccess.class)
@EnableWebFluxSecurity
class AccessRules {

    private static final String OWNER = "userId";

    private static final String PUBLISHING = "/profiles/{profileId}/messages";

    @Bean
    SecurityWebFilterChain access(
            ServerHttpSecurity http,
            AccessTokens tokens,
            Problems problems,
            MeterRegistry metrics,
            ApplicationContext context) {
        Rejecter rejecter = new Rejecter(problems, metrics);
        ReactiveAuthenticationManager callers = new ReactiveAuthenticationManagerAdapter(tokens);
        return http.securityMatcher(protectedCalls(context))
                .csrf(ServerHttpSecurity.CsrfSpec::disable)
                .headers(ServerHttpSecurity.HeaderSpec::disable)
                .logout(ServerHttpSecurity.LogoutSpec::disable)
                .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
                .authorizeExchange(calls -> calls.pathMatchers("/stream/{userId}/{profileId}")
                        .access(callerMay((caller, call) ->
                                caller.requireOwn(call.getVariables().get(OWNER))))
                        .pathMatchers(HttpMethod.POST, PUBLISHING)
                        .access(callerMay((caller, call) -> caller.requirePublisher()))
                        .anyExchange()
                        .access(callerMay((caller, call) -> caller.requireAdmin())))
                .oauth2ResourceServer(server -> server.authenticationManagerResolver(call -> Mono.just(callers))
                        .bearerTokenConverter(fromHeaderOrCookie())
                        .authenticationEntryPoint(rejecter)
                        .accessDeniedHandler(rejecter))
                .exceptionHandling(
                        failures -> failures.authenticationEntryPoint(rejecter).accessDeniedHandler(rejecter))
                .build();
    }

    private static ServerWebExchangeMatcher protectedCalls(ApplicationContext context) {
        ServerWebExchangeMatcher publishing =
                new PathPatternParserServerWebExchangeMatcher(PUBLISHING, HttpMethod.POST);
        return exchange ->
                exchange.getApplicationContext() == context ? MatchResult.match() : publishing.matches(exchange);
    }

    /** Denies whoever sends no token, and throws for whoever is not allowed. */
    private static ReactiveAuthorizationManager<AuthorizationContext> callerMay(
            BiConsumer<Caller, AuthorizationContext> requirement) {
        return (Mono<Authentication> caller, AuthorizationContext call) -> caller.ofType(Caller.class)
                .doOnNext(one -> requirement.accept(one, call))
                .map(one -> new AuthorizationDecision(true))
                .defaultIfEmpty(new AuthorizationDecision(false))
                .cast(AuthorizationResult.class);
    }

    private static ServerAuthenticationConverter fromHeaderOrCookie() {
        ServerBearerTokenAuthenticationConverter header = new ServerBearerTokenAuthenticationConverter();
        return exchange -> header.convert(exchange).switchIfEmpty(Mono.defer(() -> fromCookie(exchange)));
    }

    private static Mono<Authentication> fromCookie(ServerWebExchange exchange) {
        HttpCookie cookie = exchange.getRequest().getCookies().getFirst(AccessTokens.COOKIE);
        return cookie == null || cookie.getValue().isBlank()
                ? Mono.empty()
                : Mono.just(new BearerTokenAuthenticationToken(cookie.getValue()));
    }

    /** Rules and routes match the same parsed path, and the server rejects malformed addresses in words. */
    @Bean
    ServerWebExchangeFirewall noFirewall() {
        return ServerWebExchangeFirewall.INSECURE_NOOP;
    }

    /** The metrics of HTTP have these calls already. */
    @Bean
    SecurityObservationSettings noObservations() {
        return SecurityObservationSettings.noObservations();
    }
}
