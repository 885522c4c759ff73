/** The calls to base-service: whether a pair is bound. */
@NullMarked
package io.kubescaler.stream.base;

import org.jspecify.annotations.NullMarked;
