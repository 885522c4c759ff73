package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.time.Duration;
import java.util.List;

/**
 * The instances that run, each with the version of the schema that it knows, and the oldest version that the schema
 * still serves. An instance that has ended without a word is forgotten after a minute.
 */
final class RunningInstances {

    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);

    private final CqlSession session;

    RunningInstances(CqlSession session) {
        this.session = session;
    }

    /**
     * Has to be repeated before the instance is forgotten.
     *
     * @return whether the schema still serves an instance of this version
     */
    boolean enter(String instance, int version) {
        // Who is there stays there: a contraction that may yet be refused must not make it forgotten.
        return enterIf("version = ?", instance, version) || enterIf("oldest_served <= ?", instance, version);
    }

    /** @param condition on the version */
    private boolean enterIf(String condition, String instance, int version) {
        return conditional(
                        "UPDATE running_instances USING TTL " + REMEMBERED.toSeconds()
                                + " SET version = ? WHERE service = 'base' AND instance = ? IF " + condition,
                        version,
                        instance,
                        version)
                .wasApplied();
    }

    void leave(String instance) {
        conditional("DELETE FROM running_instances WHERE service = 'base' AND instance = ? IF EXISTS", instance);
    }

    /**
     * Lets no instance of an older version in from now on, unless one is there. Not for two callers at a time.
     *
     * @return the older instances that are there, because of which nothing was changed
     */
    List<String> shutOutOlderThan(int version) {
        int before = rows().get(0).getInt("oldest_served");
        // First shut, then look: whoever enters meanwhile is either seen or not let in.
        serveFrom(Math.max(before, version));
        List<String> older = rows().stream()
                .filter(row -> !row.isNull("version") && row.getInt("version") < version)
                .map(row -> row.getString("instance") + " (version " + row.getInt("version") + ")")
                .toList();
        if (!older.isEmpty()) {
            serveFrom(before);
        }
        return older;
    }

    private void serveFrom(int version) {
        conditional(
                "UPDATE running_instances SET oldest_served = ? WHERE service = 'base' IF oldest_served != null",
                version);
    }

    /** At least one, because what they have in common makes a row, too. */
    private List<Row> rows() {
        return session.execute(SimpleStatement.newInstance(
                                "SELECT instance, version, oldest_served FROM running_instances WHERE service = 'base'")
                        .setConsistencyLevel(DefaultConsistencyLevel.SERIAL)
                        .setTimeout(STATEMENT_TIMEOUT))
                .all();
    }

    private ResultSet conditional(String cql, Object... values) {
        return session.execute(SimpleStatement.newInstance(cql, values)
                .setSerialConsistencyLevel(DefaultConsistencyLevel.SERIAL)
                .setTimeout(STATEMENT_TIMEOUT));
    }
}
