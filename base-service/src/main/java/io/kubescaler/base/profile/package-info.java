/** Profiles, and the users that are bound to them. */
@NullMarked
package io.kubescaler.base.profile;

import org.jspecify.annotations.NullMarked;
