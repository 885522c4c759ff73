/** All access to Cassandra: prepared statements, pages, and failures for callers. */
@NullMarked
package io.kubescaler.base.cassandra;

import org.jspecify.annotations.NullMarked;
