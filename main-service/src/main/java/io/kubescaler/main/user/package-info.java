/** The list of users. */
@NullMarked
package io.kubescaler.main.user;

import org.jspecify.annotations.NullMarked;
