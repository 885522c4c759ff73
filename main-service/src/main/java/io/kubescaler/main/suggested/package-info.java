/** Users that are worth a look: those with a choice of profiles. */
@NullMarked
package io.kubescaler.main.suggested;

import org.jspecify.annotations.NullMarked;
