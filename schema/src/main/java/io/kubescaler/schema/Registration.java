package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** Registers the schema version that this instance needs, while the instance runs. */
@ConditionalOnWebApplication
@EnableScheduling
class Registration implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

    private final RunningInstances instances;
    private final ApplicationEventPublisher events;
    private final String instance;
    private final int version = Migration.newest(Migration.all());

    Registration(CqlSession session, ApplicationEventPublisher events) throws UnknownHostException {
        instances = new RunningInstances(session);
        this.events = events;
        instance = InetAddress.getLocalHost().getHostName() + "/"
                + ProcessHandle.current().pid();
        if (!isServed()) {
            throw new StartRefusedException(
                    "The schema no longer serves programs of version " + version + ".", "Start a newer release.");
        }
    }

    /** While another region is away, nothing can be registered, but no step that contracts can run either. */
    private boolean isServed() {
        try {
            return instances.enter(instance, version);
        } catch (DriverException e) {
            boolean served = instances.isServedHere(version);
            LOG.warn("Could not register this instance in Cassandra; it tries again every 20 s: {}", e.getMessage());
            return served;
        }
    }

    @Scheduled(initialDelayString = "PT20S", fixedDelayString = "PT20S")
    void renew() {
        try {
            if (!instances.renew(instance, version)) {
                LOG.error(
                        "The schema was changed while this instance could not reach Cassandra, and no longer serves"
                                + " version {}. Start a newer release.",
                        version);
                AvailabilityChangeEvent.publish(events, this, ReadinessState.REFUSING_TRAFFIC);
            }
        } catch (DriverException e) {
            LOG.warn("Could not renew the registration of this instance in Cassandra: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            instances.leave(instance);
        } catch (DriverException e) {
            LOG.warn("Could not remove the registration of this instance from Cassandra: {}", e.getMessage());
        }
    }
}
