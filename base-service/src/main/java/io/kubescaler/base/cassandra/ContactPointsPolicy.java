package io.kubescaler.base.cassandra;

import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.context.DriverContext;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.session.Request;
import com.datastax.oss.driver.api.core.session.Session;
import com.datastax.oss.driver.internal.core.ContactPoints;
import com.datastax.oss.driver.internal.core.loadbalancing.DefaultLoadBalancingPolicy;
import com.datastax.oss.driver.internal.core.metadata.DefaultNode;
import com.datastax.oss.driver.internal.core.util.collection.CompositeQueryPlan;
import com.datastax.oss.driver.internal.core.util.collection.LazyQueryPlan;
import com.datastax.oss.driver.internal.core.util.collection.QueryPlan;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The driver's policy, which also asks the contact points again when no node that the driver knows answers. It knows
 * most nodes by their addresses only; if all nodes are replaced, it would never find the new ones.
 */
public final class ContactPointsPolicy extends DefaultLoadBalancingPolicy {

    /** Called by the driver. */
    public ContactPointsPolicy(DriverContext context, String profile) {
        super(context, profile);
    }

    @Override
    public Queue<Node> newQueryPlan(@Nullable Request request, @Nullable Session session) {
        Queue<Node> known = super.newQueryPlan(request, session);
        // Only the control connection, which finds the nodes, connects without a request.
        return request == null ? new CompositeQueryPlan(known, contactPoints()) : known;
    }

    private QueryPlan contactPoints() {
        List<String> names = profile.getStringList(DefaultDriverOption.CONTACT_POINTS);
        return new LazyQueryPlan() {
            @Override
            protected Object[] computeNodes() {
                return ContactPoints.merge(Set.of(), names, false).stream()
                        .map(point -> new DefaultNode(point, context))
                        .toArray();
            }
        };
    }
}
