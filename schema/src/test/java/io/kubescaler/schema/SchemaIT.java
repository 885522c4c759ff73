package io.kubescaler.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.DefaultWriteType;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.kubescaler.backing.Backing;
import io.kubescaler.processes.CassandraAddress;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class SchemaIT {

    private static final int INSTANCES = 4;

    private final CqlIdentifier keyspace =
            CqlIdentifier.fromCql("schema_it_" + UUID.randomUUID().toString().substring(0, 8));
    private final List<CqlSession> sessions = new ArrayList<>();

    @BeforeEach
    void createKeyspace() {
        Schema.createKeyspace(session(null), keyspace, 1);
    }

    @AfterEach
    void closeSessions() {
        sessions.get(0).execute("DROP KEYSPACE " + keyspace);
        sessions.forEach(CqlSession::close);
    }

    @Test
    void appliesEveryStepOnceWhenSeveralInstancesMigrateAtTheSameTime() {
        List<CqlSession> instances =
                Stream.generate(() -> session(keyspace)).limit(INSTANCES).toList();
        // No step can be applied twice.
        List<Migration> migrations = List.of(
                Migration.parse("V1__table.cql", "CREATE TABLE a (id int PRIMARY KEY)"),
                Migration.parse("V2__columns.cql", "ALTER TABLE a ADD b int; ALTER TABLE a ADD c int"));

        CompletableFuture.allOf(instances.stream()
                        .map(instance -> CompletableFuture.runAsync(() -> new Schema(instance, migrations).migrate()))
                        .toArray(CompletableFuture[]::new))
                .join();

        assertThat(instances).allSatisfy(instance -> new Schema(instance, migrations).verify());
        assertThat(instances
                        .get(0)
                        .execute("SELECT version, owner FROM migrations")
                        .all())
                .extracting(row -> row.getInt("version"), row -> row.getString("owner"))
                .containsExactly(tuple(1, null), tuple(2, null));
    }

    @Test
    void createsTheKeyspaceOnceForSeveralInstances() {
        CqlIdentifier other = CqlIdentifier.fromCql(keyspace.asInternal() + "_other");
        List<CqlSession> instances =
                Stream.generate(() -> session(null)).limit(INSTANCES).toList();

        CompletableFuture.allOf(instances.stream()
                        .map(instance -> CompletableFuture.runAsync(() -> Schema.createKeyspace(instance, other, 1)))
                        .toArray(CompletableFuture[]::new))
                .join();

        instances.get(0).execute("DROP KEYSPACE " + other);
    }

    @Test
    void carriesOnAfterAnInstanceThatDiedWhileItMigrated() {
        CqlSession session = session(keyspace);
        new Schema(session, List.of()).migrate();
        session.execute("UPDATE migrations USING TTL 2 SET owner = 'dead' WHERE service = 'base' IF owner = null");

        Schema schema = new Schema(session, Migration.all());
        schema.migrate();

        assertThatCode(schema::verify).doesNotThrowAnyException();
    }

    @Test
    void migratesAndRegistersAlthoughANodeDoesNotKnowTheTableYetAndAnswersAreLost() {
        CqlSession session = unsteady(session(keyspace));

        new Schema(session, Migration.all()).migrate();
        RunningInstances instances = new RunningInstances(session);

        assertThatCode(() -> new Schema(session, Migration.all()).verify()).doesNotThrowAnyException();
        assertThat(instances.enter("one", 1)).isTrue();
        assertThat(session.execute("SELECT owner FROM migrations").all())
                .extracting(row -> row.getString("owner"))
                .containsOnlyNulls();
    }

    @Test
    void refusesAKeyspaceThatWasNeverMigrated() {
        assertThatThrownBy(() -> new Schema(session(keyspace), Migration.all()).verify())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContainingAll(keyspace.toString(), "version 1", "version 2");
    }

    @Test
    void refusesASchemaThatIsOlderThanTheProgram() {
        CqlSession session = session(keyspace);
        List<Migration> migrations = Migration.all();
        new Schema(session, migrations.subList(0, 1)).migrate();

        assertThatThrownBy(() -> new Schema(session, migrations).verify())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("version 2 (profiles of a user)")
                .hasMessageNotContaining("version 1");
    }

    @Test
    void acceptsASchemaThatIsNewerThanTheProgram() {
        CqlSession session = session(keyspace);
        List<Migration> migrations = Migration.all();
        new Schema(session, migrations).migrate();

        assertThatCode(() -> new Schema(session, migrations.subList(0, 1)).verify())
                .doesNotThrowAnyException();
    }

    @Test
    void contractsOnlyWhenNoOlderInstanceRuns() {
        CqlSession session = session(keyspace);
        List<Migration> older = Migration.all();
        List<Migration> newer = withContraction(older);
        new Schema(session, older).migrate();
        RunningInstances instances = new RunningInstances(session);
        int newest = Migration.newest(newer);
        instances.enter("old", newest - 1);
        instances.enter("new", newest);

        assertThatThrownBy(() -> new Schema(session, newer).migrateAndContract())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContainingAll("old (version " + (newest - 1) + ")", "drop names")
                .hasMessageNotContaining("new (");
        assertThat(instances.enter("another old", newest - 1))
                .as("older instances may still enter")
                .isTrue();

        instances.leave("old");
        instances.leave("another old");
        new Schema(session, newer).migrateAndContract();

        assertThat(session.execute(
                                "SELECT * FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'users'"
                                        + " AND column_name = 'name'",
                                keyspace.asInternal())
                        .all())
                .isEmpty();
        assertThat(instances.enter("old", newest - 1)).isFalse();
        assertThat(instances.enter("new", newest)).isTrue();
    }

    @Test
    void servesBeforeAContractionThatIsLeftToTheOperator() {
        CqlSession session = session(keyspace);
        List<Migration> migrations = withContraction(Migration.all());

        new Schema(session, migrations).migrate();

        assertThatCode(() -> new Schema(session, migrations).verify()).doesNotThrowAnyException();
        assertThat(session.execute("SELECT version FROM migrations WHERE service = 'base'")
                        .all())
                .extracting(row -> row.getInt("version"))
                .doesNotContain(Migration.newest(migrations));
    }

    @Test
    void forgetsAnInstanceThatEndedWithoutAWord() {
        CqlSession session = session(keyspace);
        new Schema(session, Migration.all()).migrate();
        RunningInstances instances = new RunningInstances(session);
        instances.enter("killed", 1);

        assertThat(session.execute("SELECT ttl(version) FROM running_instances WHERE service = 'base'")
                        .one()
                        .getInt(0))
                .isBetween(1, 60);
    }

    private static List<Migration> withContraction(List<Migration> migrations) {
        int version = Migration.newest(migrations);
        return Stream.concat(
                        migrations.stream(),
                        Stream.of(
                                Migration.parse("V" + (version + 1) + "__names.cql", "ALTER TABLE users ADD name text"),
                                Migration.parse(
                                        "V" + (version + 2) + "__drop_names.contract.cql",
                                        "ALTER TABLE users DROP name")))
                .toList();
    }

    @Test
    void findsProfilesThroughAClassicIndexWhereStorageAttachedOnesAreNotThere() {
        CqlSession session = session(keyspace);
        List<Migration> migrations = Migration.all().stream()
                .map(Migration::withoutStorageAttachedIndexes)
                .toList();
        UUID profile = UUID.randomUUID();
        UUID user = UUID.randomUUID();

        new Schema(session, migrations).migrate();
        session.execute("INSERT INTO profiles (id, users) VALUES (?, ?)", profile, Set.of(user));

        assertThat(session.execute("SELECT id FROM profiles WHERE users CONTAINS ?", user)
                        .all())
                .extracting((Row row) -> row.getUuid("id"))
                .containsExactly(profile);
        assertThat(indexKind(session)).isEqualTo("COMPOSITES");
    }

    @Test
    void prefersAStorageAttachedIndex() {
        CqlSession session = session(keyspace);

        new Schema(session, Migration.all()).migrate();

        assertThat(indexKind(session)).isEqualTo("CUSTOM");
    }

    private @Nullable String indexKind(CqlSession session) {
        return session.execute("SELECT kind FROM system_schema.indexes WHERE keyspace_name = ?", keyspace.asInternal())
                .one()
                .getString("kind");
    }

    /** Each transaction fails twice: it is rejected, and then it happens, but the answer is lost. */
    private static CqlSession unsteady(CqlSession session) {
        Node node = session.getMetadata().getNodes().values().iterator().next();
        Map<String, Integer> executions = new HashMap<>();
        return (CqlSession) Proxy.newProxyInstance(
                CqlSession.class.getClassLoader(), new Class<?>[] {CqlSession.class}, (proxy, method, arguments) -> {
                    int execution = arguments != null
                                    && arguments[0] instanceof SimpleStatement statement
                                    && statement.getSerialConsistencyLevel() != null
                            ? executions.merge(statement.getQuery(), 1, Integer::sum)
                            : 3;
                    if (execution == 1) {
                        throw new InvalidQueryException(node, "table migrations does not exist");
                    }
                    Object result = method.invoke(session, arguments);
                    if (execution == 2) {
                        throw new WriteTimeoutException(
                                node, DefaultConsistencyLevel.SERIAL, 1, 2, DefaultWriteType.CAS);
                    }
                    return result;
                });
    }

    private CqlSession session(@Nullable CqlIdentifier name) {
        CassandraAddress cassandra = Backing.cassandra();
        CqlSession session = CqlSession.builder()
                .addContactPoint(new InetSocketAddress(cassandra.host(), cassandra.port()))
                .withLocalDatacenter(cassandra.localDatacenter())
                .withKeyspace(name)
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(30))
                        .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
                        .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0)
                        .build())
                .build();
        sessions.add(session);
        return session;
    }
}
