/** Real Cassandra and Redis for tests: processes of this machine, or containers where a Docker engine answers. */
@NullMarked
package io.kubescaler.backing;

import org.jspecify.annotations.NullMarked;
