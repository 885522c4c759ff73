/** What is streamed, and the one clock that hands it to all streams of this instance. */
@NullMarked
package io.kubescaler.stream.message;

import org.jspecify.annotations.NullMarked;
