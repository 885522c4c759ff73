/** Who may call what, if access is not open. */
@NullMarked
package io.kubescaler.stream.access;

import org.jspecify.annotations.NullMarked;
