package io.kubescaler.service.web;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param hosts the names under which callers reach the service, without ports; none for any name */
@ConfigurationProperties("kubescaler.web")
public record WebSettings(@DefaultValue List<String> hosts) {}
