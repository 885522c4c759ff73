/** Users and profiles to try the platform with, made and dropped on request. */
@NullMarked
package io.kubescaler.main.testdata;

import org.jspecify.annotations.NullMarked;
