/** Tests of the whole platform by compose, in a Swarm and on a cluster, while parts of it are killed or replaced. */
@NullMarked
package io.kubescaler.system;

import org.jspecify.annotations.NullMarked;
