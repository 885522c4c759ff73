package io.kubescaler.main.testdata;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param testdata whether there may be test data
 * @param testdataLimit the most test users, and the most test profiles, that there may be
 */
@Validated
@ConfigurationProperties("kubescaler")
record TestDataSettings(
        @DefaultValue("true") boolean testdata,
        @DefaultValue("50000") @Min(1) int testdataLimit) {}
