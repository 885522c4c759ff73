/** A session: its request, its lock, its stream and its end. */
@NullMarked
package io.kubescaler.stream.session;

import org.jspecify.annotations.NullMarked;
