/** Users and profiles in Cassandra, over REST; only for services in the cluster. */
@NullMarked
package io.kubescaler.base;

import org.jspecify.annotations.NullMarked;
