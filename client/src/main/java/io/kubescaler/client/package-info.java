/** The platform's client: one connection to read from, or a stream that comes back by itself until it is closed. */
@NullMarked
package io.kubescaler.client;

import org.jspecify.annotations.NullMarked;
