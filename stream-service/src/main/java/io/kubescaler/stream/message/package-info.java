/** The messages, and how each reaches all its streams on this instance. */
@NullMarked
package io.kubescaler.stream.message;

import org.jspecify.annotations.NullMarked;
