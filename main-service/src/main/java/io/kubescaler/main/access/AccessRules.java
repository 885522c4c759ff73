package io.kubescaler.main.access;

import io.kubescaler.access.AccessTokens;
import io.kubescaler.access.Caller;
import io.kubescaler.access.Rejections;
import io.kubescaler.access.TokenAccess;
import io.kubescaler.main.web.Rejecter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.web.util.WebUtils;

/** A user sees its own launched profiles; everything else needs an administrator. */
@Configuration(proxyBeanMethods = false)
@Conditional(TokenAccess.class)
@EnableWebSecurity
class AccessRules {

    private static final DefaultBearerTokenResolver HEADER = new DefaultBearerTokenResolver();

    @Bean
    SecurityFilterChain access(HttpSecurity http, AccessTokens tokens, Rejecter rejecter, ServletContext publicPort) {
        AuthenticationEntryPoint unidentified =
                (call, answer, failure) -> rejecter.reject(call, answer, Rejections.of(failure));
        AccessDeniedHandler notAllowed = (call, answer, denial) -> rejecter.reject(call, answer, Rejections.of(denial));
        // Boot applies the filters to the management port, too, which has a context of its own.
        return http.securityMatcher(call -> call.getServletContext() == publicPort)
                .csrf(AbstractHttpConfigurer::disable)
                .headers(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .authorizeHttpRequests(calls -> calls.requestMatchers(AccessController.PATH)
                        .permitAll()
                        .requestMatchers("/main/login/{userId}")
                        .access(callerMay((caller, call) ->
                                caller.requireOwn(call.getVariables().get("userId"))))
                        .anyRequest()
                        .access(callerMay((caller, call) -> caller.requireAdmin())))
                .oauth2ResourceServer(server -> server.authenticationManagerResolver(call -> tokens)
                        .bearerTokenResolver(AccessRules::token)
                        .authenticationEntryPoint(unidentified)
                        .accessDeniedHandler(notAllowed))
                .exceptionHandling(failures ->
                        failures.authenticationEntryPoint(unidentified).accessDeniedHandler(notAllowed))
                .build();
    }

    /** Denies whoever sends no token, and throws for whoever is not allowed. */
    private static AuthorizationManager<RequestAuthorizationContext> callerMay(
            BiConsumer<Caller, RequestAuthorizationContext> requirement) {
        return (caller, call) -> {
            if (!(caller.get() instanceof Caller one)) {
                return new AuthorizationDecision(false);
            }
            requirement.accept(one, call);
            return new AuthorizationDecision(true);
        };
    }

    private static @Nullable String token(HttpServletRequest call) {
        String token = HEADER.resolve(call);
        if (token != null) {
            return token;
        }
        Cookie cookie = WebUtils.getCookie(call, AccessTokens.COOKIE);
        return cookie == null || cookie.getValue().isBlank() ? null : cookie.getValue();
    }

    /** Rules and routes match the same parsed path, and the server rejects malformed requests in words. */
    @Bean
    HttpFirewall noFirewall() {
        return new HttpFirewall() {
            @Override
            public FirewalledRequest getFirewalledRequest(HttpServletRequest call) {
                return new FirewalledRequest(call) {
                    @Override
                    public void reset() {
                        // Nothing was changed.
                    }
                };
            }

            @Override
            public HttpServletResponse getFirewalledResponse(HttpServletResponse answer) {
                return answer;
            }
        };
    }

    /** The metrics of HTTP have these calls already. */
    @Bean
    SecurityObservationSettings noObservations() {
        return SecurityObservationSettings.noObservations();
    }
}
