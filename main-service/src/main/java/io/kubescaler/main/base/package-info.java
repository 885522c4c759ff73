/** The calls to the base service, and what its refusals and failures become. */
@NullMarked
package io.kubescaler.main.base;

import org.jspecify.annotations.NullMarked;
