/** The stream service: one live stream for each (user, profile), under the lock. */
@NullMarked
package io.kubescaler.stream;

import org.jspecify.annotations.NullMarked;
