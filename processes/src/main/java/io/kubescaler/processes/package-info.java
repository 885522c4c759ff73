/** Runs Cassandra, Redis, nginx and the services as processes, for {@code local}, the load test and the tests. */
@NullMarked
package io.kubescaler.processes;

import org.jspecify.annotations.NullMarked;
