package io.kubescaler.access;

import jakarta.validation.constraints.NotNull;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/** @param access who may call main and stream */
@Validated
@ConfigurationProperties("kubescaler")
public record AccessSettings(@DefaultValue("open") @NotNull AccessMode access) {}
