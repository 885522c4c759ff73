package io.kubescaler.base.profile;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/** @param users the most users that are bound to one profile; Cassandra reads them as a whole */
@Validated
@ConfigurationProperties("kubescaler.profile")
record ProfileSettings(@DefaultValue("1000") @Min(1) int users) {}
