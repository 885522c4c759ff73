package io.kubescaler.schema;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;
import org.springframework.validation.annotation.Validated;

/**
 * What a start does about the schema.
 *
 * @param mode whether the start changes the schema or only looks at it
 * @param replication on how many nodes of each datacenter a row is kept; counts when the keyspace is created
 */
@Validated
@ConfigurationProperties("kubescaler.schema")
public record SchemaSettings(
        @DefaultValue("verify") Mode mode,
        @DefaultValue("1") @Min(1) int replication) {

    /** The settings of an environment whose beans are not there yet. */
    public static SchemaSettings of(Environment environment) {
        return Binder.get(environment).bindOrCreate("kubescaler.schema", SchemaSettings.class);
    }

    /** What a start does about a schema that is older than the program. */
    public enum Mode {
        /** Refuses to start. */
        VERIFY,
        /** Applies what is missing, but for steps that contract, then serves. */
        MIGRATE,
        /** Applies what is missing, steps that contract, too, unless older instances run, then ends with code 0. */
        MIGRATE_ONLY
    }
}
