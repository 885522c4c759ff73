package io.kubescaler.stream.session;

import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.service.lock.PairLock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one keeper of this instance's leases. */
@Configuration(proxyBeanMethods = false)
class LeaseConfiguration {

    @Bean
    LeaseKeeper leaseKeeper(PairLock lock) {
        return lock.keeper();
    }
}
