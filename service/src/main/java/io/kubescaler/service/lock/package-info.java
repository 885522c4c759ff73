/** The lock of pairs over the Redis masters: its settings, its wiring, its metrics and its health. */
@NullMarked
package io.kubescaler.service.lock;

import org.jspecify.annotations.NullMarked;
