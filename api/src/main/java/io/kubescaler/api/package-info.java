/** The contract between the services: records on the wire, problem types, Redis keys, metric names. */
@NullMarked
package io.kubescaler.api;

import org.jspecify.annotations.NullMarked;
