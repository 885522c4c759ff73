package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.cassandra.autoconfigure.CassandraConnectionDetails;
import org.springframework.boot.cassandra.autoconfigure.CassandraProperties;
import org.springframework.boot.cassandra.autoconfigure.CqlSessionBuilderCustomizer;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Opens the Cassandra session, after verifying or migrating its schema. A service imports it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SchemaSettings.class)
@Import(Registration.class)
public class SchemaConfiguration {

    @Bean
    CqlSessionBuilderCustomizer driverMetrics(MeterRegistry registry) {
        return builder -> builder.withMetricRegistry(registry);
    }

    @Bean
    CqlSession cassandraSession(
            ObjectProvider<CqlSessionBuilder> builders,
            SchemaSettings settings,
            CassandraProperties properties,
            CassandraConnectionDetails connection) {
        try {
            if (settings.mode() != SchemaSettings.Mode.VERIFY) {
                createKeyspace(builders.getObject(), properties.getKeyspaceName(), settings.replication());
            }
            return openSession(builders.getObject(), settings.mode());
        } catch (InvalidKeyspaceException e) {
            throw new StartRefusedException(
                    "There is no keyspace " + properties.getKeyspaceName() + " in Cassandra.",
                    Schema.HOW_TO_MIGRATE,
                    e);
        } catch (AllNodesFailedException e) {
            throw refusal(e, addresses(connection), properties.getUsername());
        } catch (DriverTimeoutException e) {
            throw silent(e, addresses(connection));
        }
    }

    /** @param username null without one */
    static StartRefusedException refusal(AllNodesFailedException failure, String addresses, @Nullable String username) {
        boolean rejected = failure.getAllErrors().values().stream()
                .flatMap(List::stream)
                .anyMatch(AuthenticationException.class::isInstance);
        if (!rejected) {
            return silent(failure, addresses);
        }
        return new StartRefusedException(
                username == null
                        ? "Cassandra at " + addresses + " requires a user and a password."
                        : "Cassandra at " + addresses + " rejects the password of the user " + username + ".",
                "Set spring.cassandra.username and spring.cassandra.password.",
                failure);
    }

    private static StartRefusedException silent(DriverException failure, String addresses) {
        return new StartRefusedException(
                "Cassandra does not answer at " + addresses + ": " + failure.getMessage(),
                "Start Cassandra, or set its address in spring.cassandra.contact-points"
                        + " and its datacenter in spring.cassandra.local-datacenter.",
                failure);
    }

    /** Uses its own session: a session with a keyspace opens only if the keyspace exists. */
    private static void createKeyspace(CqlSessionBuilder builder, String keyspace, int replication) {
        try (CqlSession session = builder.withKeyspace((CqlIdentifier) null).build()) {
            Schema.createKeyspace(session, CqlIdentifier.fromCql(keyspace), replication);
        }
    }

    private static CqlSession openSession(CqlSessionBuilder builder, SchemaSettings.Mode mode) {
        CqlSession session = builder.build();
        try {
            Schema schema = new Schema(session, Migration.all());
            switch (mode) {
                case VERIFY -> schema.verify();
                case MIGRATE -> schema.migrate();
                case MIGRATE_ONLY -> schema.migrateAndContract();
            }
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private static String addresses(CassandraConnectionDetails connection) {
        return connection.getContactPoints().stream()
                .map(node -> node.host() + ":" + node.port())
                .collect(Collectors.joining(", "));
    }
}
