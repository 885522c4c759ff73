/** Users and profiles in Cassandra, over REST; for the services of the cluster only. */
@NullMarked
package io.kubescaler.base;

import org.jspecify.annotations.NullMarked;
