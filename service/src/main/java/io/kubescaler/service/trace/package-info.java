/** Traces: when there are any, and their ids in problems. */
@NullMarked
package io.kubescaler.service.trace;

import org.jspecify.annotations.NullMarked;
