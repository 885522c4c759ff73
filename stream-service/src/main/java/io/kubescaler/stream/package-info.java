/** The stream service: one live stream per (user, profile), under the lock. */
@NullMarked
package io.kubescaler.stream;

import org.jspecify.annotations.NullMarked;
