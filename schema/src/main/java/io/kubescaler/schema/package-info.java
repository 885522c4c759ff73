/** Brings the schema up to the version of this program, or stops the start if it is older. */
@NullMarked
package io.kubescaler.schema;

import org.jspecify.annotations.NullMarked;
