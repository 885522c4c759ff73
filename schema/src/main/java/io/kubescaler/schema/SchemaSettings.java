package io.kubescaler.schema;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;
import org.springframework.validation.annotation.Validated;

/**
 * How a start treats the schema.
 *
 * @param mode whether the start changes the schema or only checks it
 * @param replication copies of each row per datacenter; only used when the keyspace is created
 */
@Validated
@ConfigurationProperties("kubescaler.schema")
public record SchemaSettings(
        @DefaultValue("verify") Mode mode,
        @DefaultValue("1") @Min(1) int replication) {

    /** Reads the settings before any bean exists. */
    public static SchemaSettings of(Environment environment) {
        return Binder.get(environment).bindOrCreate("kubescaler.schema", SchemaSettings.class);
    }

    /** How a start treats a schema that is older than the program. */
    public enum Mode {
        /** Stops with an error. */
        VERIFY,
        /** Applies the missing steps except those that contract, then serves. */
        MIGRATE,
        /** Applies all missing steps, then exits with code 0. A step that contracts fails while older instances run. */
        MIGRATE_ONLY
    }
}
