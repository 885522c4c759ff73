package io.kubescaler.service.web;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param hosts the names under which callers reach the service, without ports; none for any name
 * @param patience how long a connection may be open without a request, and how long a request may take to arrive as a
 *     whole. Proxies keep idle connections for less, so that no call uses one that has just been closed
 */
@ConfigurationProperties("kubescaler.web")
public record WebSettings(
        @DefaultValue List<String> hosts,
        @DefaultValue("75s") Duration patience) {}
