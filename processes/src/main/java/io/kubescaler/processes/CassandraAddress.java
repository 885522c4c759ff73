package io.kubescaler.processes;

/** Where a Cassandra answers clients, and what a driver has to be told. */
public record CassandraAddress(String host, int port, String localDatacenter) {

    /** For {@code spring.cassandra.contact-points}: host:port. */
    public String contactPoint() {
        return host + ":" + port;
    }
}
