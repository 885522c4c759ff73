/** The Redis masters that know what is launched. */
@NullMarked
package io.kubescaler.main.redis;

import org.jspecify.annotations.NullMarked;
