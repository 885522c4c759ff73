/** Users and profiles for trying the platform, made and dropped on request. */
@NullMarked
package io.kubescaler.main.testdata;

import org.jspecify.annotations.NullMarked;
