/** What is streamed, and how one message reaches all streams of this instance that carry it. */
@NullMarked
package io.kubescaler.stream.message;

import org.jspecify.annotations.NullMarked;
