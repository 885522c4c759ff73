/** Real Cassandra, Redis and services as processes of this machine, for {@code local} and for the tests. */
@NullMarked
package io.kubescaler.backing;

import org.jspecify.annotations.NullMarked;
