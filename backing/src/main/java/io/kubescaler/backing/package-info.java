/**
 * Real Cassandra and Redis for tests: containers if a Docker engine answers, else processes of this machine. And clients
 * and networks that tests need, and that no library has.
 */
@NullMarked
package io.kubescaler.backing;

import org.jspecify.annotations.NullMarked;
