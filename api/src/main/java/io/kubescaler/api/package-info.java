/** What the services say to each other, once: the records on the wire, the problem types, the Redis key names. */
@NullMarked
package io.kubescaler.api;

import org.jspecify.annotations.NullMarked;
