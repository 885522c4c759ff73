/** A lock over N independent Redis masters: the nodes, their quorum, leases, and a keeper that refreshes leases. */
@NullMarked
package io.kubescaler.redlock;

import org.jspecify.annotations.NullMarked;
