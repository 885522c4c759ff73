/** Redis masters as nodes of the lock: their Redisson clients, and the Lua scripts that run on them. */
@NullMarked
package io.kubescaler.redlock.redisson;

import org.jspecify.annotations.NullMarked;
