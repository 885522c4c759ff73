/** Brings the schema to the version of this program, or refuses to start without it. */
@NullMarked
package io.kubescaler.schema;

import org.jspecify.annotations.NullMarked;
