/** Starts the whole platform on this machine, supervises it, and ends it. */
@NullMarked
package io.kubescaler.local;

import org.jspecify.annotations.NullMarked;
