/** The API for people and pages: users, profiles, suggested users, launched profiles, test data. */
@NullMarked
package io.kubescaler.main;

import org.jspecify.annotations.NullMarked;
