/** Who may call what, and how that is set up. */
@NullMarked
package io.kubescaler.main.access;

import org.jspecify.annotations.NullMarked;
