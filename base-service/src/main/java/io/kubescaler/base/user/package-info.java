/** Users: creating, listing, and deleting them together with their bindings. */
@NullMarked
package io.kubescaler.base.user;

import org.jspecify.annotations.NullMarked;
