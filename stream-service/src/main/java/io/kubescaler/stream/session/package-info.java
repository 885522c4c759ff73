/** A session, from the request over the lock to the end of its stream. */
@NullMarked
package io.kubescaler.stream.session;

import org.jspecify.annotations.NullMarked;
