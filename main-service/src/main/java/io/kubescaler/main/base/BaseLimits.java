package io.kubescaler.main.base;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/** @param calls how many calls to base an instance makes at once; fewer than Tomcat's threads, 200 by default */
@Validated
@ConfigurationProperties("kubescaler.base")
record BaseLimits(@DefaultValue("64") @Min(1) int calls) {}
