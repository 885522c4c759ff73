package io.kubescaler.base;

import io.kubescaler.backing.Backing;
import io.kubescaler.processes.CassandraAddress;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Tests the service on the Cassandra that all tests share. */
public abstract class SharedCassandra extends LiveBaseService {

    @DynamicPropertySource
    static void cassandra(DynamicPropertyRegistry registry) {
        CassandraAddress cassandra = Backing.cassandra();
        registry.add("spring.cassandra.contact-points", cassandra::contactPoint);
        registry.add("spring.cassandra.local-datacenter", cassandra::localDatacenter);
    }
}
