/** Real Cassandra and Redis for tests: containers if a Docker engine answers, else processes of this machine. */
@NullMarked
package io.kubescaler.backing;

import org.jspecify.annotations.NullMarked;
