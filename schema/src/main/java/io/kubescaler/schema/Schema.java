package io.kubescaler.schema;

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
 * The schema of one keyspace and the steps applied to it.
 *
 * <p>Any number of instances may migrate at once. The id of the table of applied steps is computed from the keyspace,
 * so creating the table twice makes the same table. The owner of its only partition applies the steps. A lightweight
 * transaction takes the ownership, the owner confirms it before every statement, and it expires when the owner dies.
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

    private static final String APPLIED = "SELECT version FROM migrations WHERE service = 'base'";

    private static final SimpleStatement SCHEMA_VERSION =
            SimpleStatement.newInstance("SELECT schema_version FROM system.local");

    /** Longer than one statement may take, so a working owner never loses the table. */
    private static final Duration OWNERSHIP = Duration.ofMinutes(1);

    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

    private final CqlSession session;
    private final Transactions transactions;
    private final List<Migration> migrations;
    private final String owner = UUID.randomUUID().toString();

    Schema(CqlSession session, List<Migration> migrations) {
        this.session = session;
        transactions = new Transactions(session);
        this.migrations = migrations;
    }

    /** Creates the keyspace if it is missing. An account that may not create keyspaces can use an existing one. */
    static void createKeyspace(CqlSession session, CqlIdentifier keyspace, int replication) {
        if (session.getMetadata().getKeyspace(keyspace).isEmpty()) {
            session.execute(SimpleStatement.newInstance("CREATE KEYSPACE IF NOT EXISTS " + keyspace.asCql(true)
                            + " WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': "
                            + replication + "}")
                    .setTimeout(STATEMENT_TIMEOUT));
        }
    }

    /**
     * Checks that every step of this program was applied, except those that contract, which it does not need. Unknown
     * steps are fine: they belong to a newer version, and this one must be able to restart beside it.
     *
     * @throws StartRefusedException if a step is missing
     */
    void verify() {
        List<Migration> missing = (wasMigrated() ? unappliedHere() : migrations)
                .stream().filter(migration -> !migration.contracts()).toList();
        if (!missing.isEmpty()) {
            throw new StartRefusedException(
                    "The schema of keyspace " + keyspace().asCql(true) + " lacks "
                            + missing.stream().map(Migration::toString).collect(Collectors.joining(", "))
                            + ".",
                    HOW_TO_MIGRATE);
        }
    }

    /** Applies the missing steps except those that contract. Waits for other instances that are migrating. */
    void migrate() {
        migrate(false);
    }

    /**
     * Applies all missing steps, including those that contract. Waits for other instances that are migrating.
     *
     * @throws StartRefusedException if a step contracts and instances that do not know it are running
     */
    void migrateAndContract() {
        migrate(true);
    }

    private void migrate(boolean contract) {
        // Then nothing needs the other regions, and one of them may be away.
        if (wasMigrated() && unappliedHere().stream().allMatch(migration -> migration.contracts() && !contract)) {
            return;
        }
        // Otherwise the driver reads the whole schema after each statement, which takes longer than the statement.
        session.setSchemaMetadataEnabled(false);
        execute(String.format(CREATE_TABLE, tableId()));
        // Another instance may have created it just now, at another node.
        awaitAgreement();
        awaitOwnership();
        try {
            // Some nodes may not know a step yet that another instance has just applied.
            awaitAgreement();
            boolean storageAttachedIndexes = hasStorageAttachedIndexes();
            for (Migration migration : unapplied()) {
                if (migration.contracts() && !contract) {
                    LOG.info(
                            "Skipping schema {}: it contracts, which needs kubescaler.schema.mode=migrate-only",
                            migration);
                    continue;
                }
                if (migration.contracts()) {
                    requireNoOlderInstance(migration);
                }
                apply(storageAttachedIndexes ? migration : migration.withoutStorageAttachedIndexes());
            }
        } finally {
            transactions.execute("DELETE owner FROM migrations WHERE service = 'base' IF owner = ?", owner);
        }
        session.setSchemaMetadataEnabled(true);
    }

    private void requireNoOlderInstance(Migration migration) {
        List<String> older = new RunningInstances(session).shutOutOlderThan(migration.version());
        if (!older.isEmpty()) {
            throw new StartRefusedException(
                    "Schema " + migration + " removes something that running instances need: "
                            + String.join(", ", older) + ".",
                    "Replace them with this release, then start it again with kubescaler.schema.mode=migrate-only."
                            + " A killed instance is forgotten after a minute.");
        }
    }

    /** The same for all instances, but different per keyspace, because table ids are unique in all of Cassandra. */
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
            // Such a step is a transaction that can be repeated; a change of the schema cannot.
            if (statement.startsWith("UPDATE")) {
                transactions.execute(statement);
            } else {
                execute(statement);
            }
            awaitAgreement();
        }
        requireOwnership(transactions.execute(
                "UPDATE migrations SET description = ?, applied_at = toTimestamp(now())"
                        + " WHERE service = 'base' AND version = ? IF owner = ?",
                migration.description(),
                migration.version(),
                owner));
    }

    private List<Migration> unapplied() {
        return without(transactions.execute(APPLIED));
    }

    /**
     * As this region knows it: a step that another one has just applied may be missing, but none is there that was not. A
     * node may list the table of another instance a moment before it can be read.
     */
    private List<Migration> unappliedHere() {
        return without(Transactions.repeat(() -> session.execute(
                SimpleStatement.newInstance(APPLIED).setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM))));
    }

    private List<Migration> without(ResultSet rows) {
        Set<Integer> applied = rows.all().stream()
                // The static column alone makes a row, too.
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
            ResultSet result = transactions.execute(
                    "UPDATE migrations USING TTL " + OWNERSHIP.toSeconds()
                            + " SET owner = ? WHERE service = 'base' IF owner = null",
                    owner);
            // If an answer was lost, this instance may be the owner already.
            if (result.wasApplied() || owner.equals(result.one().getString("owner"))) {
                return;
            }
            if (!told) {
                LOG.info("Waiting for another instance to migrate the schema");
                told = true;
            }
            Transactions.pause();
        }
    }

    private void confirmOwnership() {
        requireOwnership(transactions.execute(
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

    /** Asks each node itself: what one node knows of the others can be old. */
    private void awaitAgreement() {
        while (session.getMetadata().getNodes().values().stream()
                        .filter(node -> node.getOpenConnections() > 0)
                        .map(node -> session.execute(SCHEMA_VERSION.setNode(node))
                                .one()
                                .getUuid("schema_version"))
                        .distinct()
                        .count()
                > 1) {
            LOG.info("Waiting for the nodes of Cassandra to agree on the schema");
            Transactions.pause();
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

    /** Versions of Cassandra with storage-attached indexes list them in a virtual table. */
    private boolean hasStorageAttachedIndexes() {
        return session.execute("SELECT table_name FROM system_virtual_schema.tables"
                                + " WHERE keyspace_name = 'system_views' AND table_name = 'sai_column_indexes'")
                        .one()
                != null;
    }

    private void execute(String cql) {
        session.execute(SimpleStatement.newInstance(cql).setTimeout(STATEMENT_TIMEOUT));
    }
}
