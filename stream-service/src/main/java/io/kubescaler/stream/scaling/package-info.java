/** What an instance tells the cluster that scales it. */
@NullMarked
package io.kubescaler.stream.scaling;

import org.jspecify.annotations.NullMarked;
