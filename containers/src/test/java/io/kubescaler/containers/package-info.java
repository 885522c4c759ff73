/** The platform in containers, as its users start it, and what happens when parts of it are killed or replaced. */
@NullMarked
package io.kubescaler.containers;

import org.jspecify.annotations.NullMarked;
