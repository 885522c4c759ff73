package io.kubescaler.processes;

/** The address of a Cassandra for clients, and the datacenter that a driver needs. */
public record CassandraAddress(String host, int port, String localDatacenter) {

    /** For {@code spring.cassandra.contact-points}: host:port. */
    public String contactPoint() {
        return host + ":" + port;
    }
}
