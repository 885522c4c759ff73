/** A lean client with very many streams, and its measurements. */
@NullMarked
package io.kubescaler.load;

import org.jspecify.annotations.NullMarked;
