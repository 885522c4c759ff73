/** The calls to base-service: whether pairs are bound. */
@NullMarked
package io.kubescaler.stream.base;

import org.jspecify.annotations.NullMarked;
