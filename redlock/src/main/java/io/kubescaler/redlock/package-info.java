/** A lock over N independent Redis masters: nodes, the quorum over them, a lease, and a keeper that refreshes leases. */
@NullMarked
package io.kubescaler.redlock;

import org.jspecify.annotations.NullMarked;
