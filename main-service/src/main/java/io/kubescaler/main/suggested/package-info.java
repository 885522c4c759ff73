/** Users to suggest: those with a choice of profiles. */
@NullMarked
package io.kubescaler.main.suggested;

import org.jspecify.annotations.NullMarked;
