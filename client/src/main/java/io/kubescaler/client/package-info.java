/** The platform's client: one connection, or a stream that reconnects by itself until it is closed. */
@NullMarked
package io.kubescaler.client;

import org.jspecify.annotations.NullMarked;
