/** The answers to requests that no handler accepts, in every program on WebFlux. */
@NullMarked
package io.kubescaler.webflux;

import org.jspecify.annotations.NullMarked;
