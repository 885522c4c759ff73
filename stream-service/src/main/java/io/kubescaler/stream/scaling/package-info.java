/** Reports the load of an instance to the cluster that scales it. */
@NullMarked
package io.kubescaler.stream.scaling;

import org.jspecify.annotations.NullMarked;
