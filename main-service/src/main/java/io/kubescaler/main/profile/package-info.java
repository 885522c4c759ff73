/** The list of profiles. */
@NullMarked
package io.kubescaler.main.profile;

import org.jspecify.annotations.NullMarked;
