/** Cassandra, Redis, nginx and the services as processes of this machine, for {@code local}, the load test and the tests. */
@NullMarked
package io.kubescaler.processes;

import org.jspecify.annotations.NullMarked;
