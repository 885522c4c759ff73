/** What people and pages ask: users, profiles, who is suggested, what is launched, test data. */
@NullMarked
package io.kubescaler.main;

import org.jspecify.annotations.NullMarked;
