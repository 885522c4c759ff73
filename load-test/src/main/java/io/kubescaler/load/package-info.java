/** A lean client of very many streams, and what it measures with it. */
@NullMarked
package io.kubescaler.load;

import org.jspecify.annotations.NullMarked;
