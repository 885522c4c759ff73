/** Starts the whole platform on this machine, watches over it, and ends it. */
@NullMarked
package io.kubescaler.local;

import org.jspecify.annotations.NullMarked;
