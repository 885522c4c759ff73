/** The calls to the base service, and the handling of its problems and failures. */
@NullMarked
package io.kubescaler.main.base;

import org.jspecify.annotations.NullMarked;
