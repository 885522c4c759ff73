package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.time.Duration;
import java.util.List;

/**
 * The running instances, each with the schema version that it knows, and the oldest version that the schema still
 * serves. An instance that ends without leaving is forgotten after a minute.
 */
final class RunningInstances {

    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private final CqlSession session;
    private final Transactions transactions;

    RunningInstances(CqlSession session) {
        this.session = session;
        transactions = new Transactions(session);
    }

    /**
     * Registers the instance for a minute; repeat it before that ends.
     *
     * @return whether the schema still serves an instance of this version
     */
    boolean enter(String instance, int version) {
        return Transactions.repeat(() -> renew(instance, version));
    }

    /** As {@link #enter}, but does not try again: the next renewal does, and whoever stops an instance waits for this one. */
    boolean renew(String instance, int version) {
        // A registered instance may stay: a contraction that may still fail must not unregister it.
        return enterIf("version = ?", instance, version) || enterIf("oldest_served <= ?", instance, version);
    }

    /** Whether the schema still serves an instance of this version, as far as this region knows. */
    boolean isServedHere(int version) {
        return session.execute(SimpleStatement.newInstance(
                                        "SELECT oldest_served FROM running_instances WHERE service = 'base' LIMIT 1")
                                .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM))
                        .one()
                        .getInt("oldest_served")
                <= version;
    }

    /** @param condition on the version */
    private boolean enterIf(String condition, String instance, int version) {
        return transactions
                .executeOnce(
                        "UPDATE running_instances USING TTL " + REMEMBERED.toSeconds()
                                + " SET version = ? WHERE service = 'base' AND instance = ? IF " + condition,
                        version,
                        instance,
                        version)
                .wasApplied();
    }

    /** Does not try again: whoever stops an instance may stop Cassandra, too, and waits. */
    void leave(String instance) {
        transactions.executeOnce(
                "DELETE FROM running_instances WHERE service = 'base' AND instance = ? IF EXISTS", instance);
    }

    /**
     * Rejects instances of an older version from now on, unless one is running. Only one caller at a time.
     *
     * @return the older instances that are running; if there are any, nothing has changed
     */
    List<String> shutOutOlderThan(int version) {
        int before = rows().get(0).getInt("oldest_served");
        // Reject first, then look: an instance that enters meanwhile is either rejected or seen.
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
        transactions.execute(
                "UPDATE running_instances SET oldest_served = ? WHERE service = 'base' IF oldest_served != null",
                version);
    }

    /** At least one, because the static column alone makes a row, too. */
    private List<Row> rows() {
        return transactions
                .execute("SELECT instance, version, oldest_served FROM running_instances WHERE service = 'base'")
                .all();
    }
}
