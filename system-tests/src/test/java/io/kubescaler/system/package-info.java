/** The whole platform as its users start it: by compose, in a Swarm, on a cluster; and what happens when parts of it are killed or replaced. */
@NullMarked
package io.kubescaler.system;

import org.jspecify.annotations.NullMarked;
