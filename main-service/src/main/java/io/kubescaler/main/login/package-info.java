/** Which profiles of a user are launched now. */
@NullMarked
package io.kubescaler.main.login;

import org.jspecify.annotations.NullMarked;
