/** The one way to Cassandra: prepared statements, pages, and what its failures mean to a caller. */
@NullMarked
package io.kubescaler.base.cassandra;

import org.jspecify.annotations.NullMarked;
