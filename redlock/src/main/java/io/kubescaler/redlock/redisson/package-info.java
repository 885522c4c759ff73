/** The nodes of the lock as Redis masters behind Redisson clients; the Lua scripts that run there. */
@NullMarked
package io.kubescaler.redlock.redisson;

import org.jspecify.annotations.NullMarked;
