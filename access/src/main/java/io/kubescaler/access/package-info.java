/** Access tokens and permissions, the same for all services and web stacks. */
@NullMarked
package io.kubescaler.access;

import org.jspecify.annotations.NullMarked;
