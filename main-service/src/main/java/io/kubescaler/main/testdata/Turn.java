package io.kubescaler.main.testdata;

import io.kubescaler.api.ProblemType;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.Resource;
import io.kubescaler.service.web.Refusal;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** One change of the test data at a time, on all instances together: a lock on the Redis masters. */
@Component
class Turn {

    private static final Logger log = LoggerFactory.getLogger(Turn.class);

    private static final Resource TEST_DATA = new Resource("lock:{testdata}", "launched:{testdata}");

    private final RedLock lock;
    private final ObjectProvider<LeaseKeeper> keeper;

    Turn(RedLock lock, ObjectProvider<LeaseKeeper> keeper) {
        this.lock = lock;
        this.keeper = keeper;
    }

    /**
     * Makes the change, unless another is under way. The change ends itself when its lease is no longer valid.
     *
     * @throws Refusal with 409 if another change is under way, with 503 if no quorum of the masters answers
     */
    <T> T take(Function<Lease, T> change) {
        Attempt attempt = lock.acquire(TEST_DATA, null).toCompletableFuture().join();
        if (attempt instanceof Attempt.Held held) {
            throw Refusal.testDataChanging(held.since());
        }
        if (!(attempt instanceof Attempt.Acquired acquired)) {
            log.warn("No change of the test data: {}", attempt);
            throw Refusal.unavailable(
                    ProblemType.LOCK_UNAVAILABLE, "No quorum of the Redis masters answers, so no change is begun.");
        }
        Lease lease = acquired.lease();
        keeper.getObject().keep(lease, reason -> log.warn("The lock of the test data is lost ({})", reason));
        try {
            return change.apply(lease);
        } finally {
            keeper.getObject().forget(lease);
            lock.release(lease).toCompletableFuture().join();
        }
    }

    /** Not before the first change: an instance that changes no test data keeps no leases. */
    @Configuration(proxyBeanMethods = false)
    static class KeeperConfiguration {

        @Bean
        @Lazy
        LeaseKeeper leaseKeeper(RedLock lock) {
            return new LeaseKeeper(lock, (leases, took) -> {});
        }
    }
}
