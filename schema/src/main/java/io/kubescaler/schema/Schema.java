package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema of one keyspace and the steps that were applied to it.
 *
 * <p>Any number of instances may migrate at once. The table of applied steps is created under an id that follows from
 * the keyspace, so creating it twice makes the same table; the steps are then applied by whoever owns its one partition.
 * Ownership is taken by a lightweight transaction, ends by itself when its owner dies, and is confirmed before every
 * statement.
 */
final class Schema {

    static final String HOW_TO_MIGRATE =
            "Start the service once with kubescaler.schema.mode=migrate-only, which brings the schema up to date.";

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

    private static final String TABLE = "migrations";

    private static final String CREATE_TABLE = """
            CREATE TABLE IF NOT EXISTS migrations (
                service text,
                version int,
                description text,
                applied_at timestamp,
                owner text static,
                PRIMARY KEY (service, version)
            ) WITH ID = '%s'""";

    /** Longer than one statement may take, so an owner that works never loses the table. */
    private static final Duration OWNERSHIP = Duration.ofMinutes(1);

    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration RETRY = Duration.ofMillis(500);

    private final CqlSession session;
    private final List<Migration> migrations;
    private final String owner = UUID.randomUUID().toString();

    Schema(CqlSession session, List<Migration> migrations) {
        this.session = session;
        this.migrations = migrations;
    }

    /** Creates the keyspace unless it is there, which an account that may not create keyspaces can rely on. */
    static void createKeyspace(CqlSession session, CqlIdentifier keyspace, int replication) {
        if (session.getMetadata().getKeyspace(keyspace).isEmpty()) {
            session.execute(SimpleStatement.newInstance("CREATE KEYSPACE IF NOT EXISTS " + keyspace.asCql(true)
                            + " WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': "
                            + replication + "}")
                    .setTimeout(STATEMENT_TIMEOUT));
        }
    }

    /**
     * Checks that every step of this program was applied, but for those that contract, which it does not need. Steps that
     * it does not know are fine: they are of a newer version, next to which this one has to be able to restart.
     *
     * @throws StartRefusedException if a step is missing
     */
    void verify() {
        List<Migration> missing = (wasMigrated() ? unapplied() : migrations)
                .stream().filter(migration -> !migration.contracts()).toList();
        if (!missing.isEmpty()) {
            throw new StartRefusedException(
                    "The schema of keyspace " + keyspace().asCql(true) + " lacks "
                            + missing.stream().map(Migration::toString).collect(Collectors.joining(", "))
                            + ".",
                    HOW_TO_MIGRATE);
        }
    }

    /** Applies the missing steps, but for those that contract, after whoever else is applying them now. */
    void migrate() {
        migrate(false);
    }

    /**
     * Applies the missing steps, those that contract, too, after whoever else is applying them now.
     *
     * @throws StartRefusedException if a step contracts, and instances that do not know it run
     */
    void migrateAndContract() {
        migrate(true);
    }

    private void migrate(boolean contract) {
        // Else the driver reads the whole schema after each statement, which takes longer than the statement.
        session.setSchemaMetadataEnabled(false);
        execute(String.format(CREATE_TABLE, tableId()));
        awaitOwnership();
        try {
            // A step that another instance has just made may not be known to every node yet.
            awaitAgreement();
            boolean storageAttachedIndexes = hasStorageAttachedIndexes();
            for (Migration migration : unapplied()) {
                if (migration.contracts() && !contract) {
                    LOG.info("Leaving schema {} to kubescaler.schema.mode=migrate-only: it contracts", migration);
                    continue;
                }
                if (migration.contracts()) {
                    requireNoOlderInstance(migration);
                }
                apply(storageAttachedIndexes ? migration : migration.withoutStorageAttachedIndexes());
            }
        } finally {
            conditional("DELETE owner FROM migrations WHERE service = 'base' IF owner = ?", owner);
        }
        session.setSchemaMetadataEnabled(true);
    }

    private void requireNoOlderInstance(Migration migration) {
        List<String> older = new RunningInstances(session).shutOutOlderThan(migration.version());
        if (!older.isEmpty()) {
            throw new StartRefusedException(
                    "Instances that need what schema " + migration + " takes away still run: "
                            + String.join(", ", older) + ".",
                    "Replace them by this release, then start it once more with kubescaler.schema.mode=migrate-only."
                            + " An instance that was killed is forgotten after a minute.");
        }
    }

    /** The same for all instances, and another in every keyspace, since ids are unique in the whole of Cassandra. */
    private UUID tableId() {
        return UUID.nameUUIDFromBytes((keyspace().asInternal() + "." + TABLE).getBytes(StandardCharsets.UTF_8));
    }

    private CqlIdentifier keyspace() {
        return session.getKeyspace().orElseThrow();
    }

    private void apply(Migration migration) {
        LOG.info("Applying schema {}", migration);
        for (String statement : migration.statements()) {
            confirmOwnership();
            execute(statement);
            awaitAgreement();
        }
        requireOwnership(conditional(
                "UPDATE migrations SET description = ?, applied_at = toTimestamp(now())"
                        + " WHERE service = 'base' AND version = ? IF owner = ?",
                migration.description(),
                migration.version(),
                owner));
    }

    private List<Migration> unapplied() {
        // Serial, so that it sees what an owner has written whose answer was lost.
        Set<Integer> applied = session
                .execute(SimpleStatement.newInstance("SELECT version FROM migrations WHERE service = 'base'")
                        .setConsistencyLevel(serial()))
                .all()
                .stream()
                // The owner alone makes a row, too.
                .filter(row -> !row.isNull("version"))
                .map(row -> row.getInt("version"))
                .collect(Collectors.toSet());
        return migrations.stream()
                .filter(migration -> !applied.contains(migration.version()))
                .toList();
    }

    private void awaitOwnership() {
        boolean told = false;
        while (true) {
            ResultSet result = conditional(
                    "UPDATE migrations USING TTL " + OWNERSHIP.toSeconds()
                            + " SET owner = ? WHERE service = 'base' IF owner = null",
                    owner);
            if (result.wasApplied() || owner.equals(result.one().getString("owner"))) {
                return;
            }
            if (!told) {
                LOG.info("Waiting for another instance that is migrating the schema");
                told = true;
            }
            pause();
        }
    }

    private void confirmOwnership() {
        requireOwnership(conditional(
                "UPDATE migrations USING TTL " + OWNERSHIP.toSeconds()
                        + " SET owner = ? WHERE service = 'base' IF owner = ?",
                owner,
                owner));
    }

    private static void requireOwnership(ResultSet result) {
        if (!result.wasApplied()) {
            throw new IllegalStateException("Another instance took over the migration of the schema");
        }
    }

    private void awaitAgreement() {
        while (!session.checkSchemaAgreement()) {
            LOG.info("Waiting for the nodes of Cassandra to agree on the schema");
            pause();
        }
    }

    private boolean wasMigrated() {
        return session.execute(SimpleStatement.newInstance(
                                "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?",
                                keyspace().asInternal(),
                                TABLE))
                        .one()
                != null;
    }

    /** Cassandra shows its storage-attached indexes in a virtual table, from the version on that has them. */
    private boolean hasStorageAttachedIndexes() {
        return session.execute("SELECT table_name FROM system_virtual_schema.tables"
                                + " WHERE keyspace_name = 'system_views' AND table_name = 'sai_column_indexes'")
                        .one()
                != null;
    }

    private void execute(String cql) {
        session.execute(SimpleStatement.newInstance(cql).setTimeout(STATEMENT_TIMEOUT));
    }

    private ResultSet conditional(String cql, Object... values) {
        return session.execute(SimpleStatement.newInstance(cql, values)
                .setSerialConsistencyLevel(serial())
                .setTimeout(STATEMENT_TIMEOUT));
    }

    /** Of all datacenters, because the schema belongs to all of them. */
    private static ConsistencyLevel serial() {
        return DefaultConsistencyLevel.SERIAL;
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Stopped while waiting for the schema", e);
        }
    }
}
