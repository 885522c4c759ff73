/** The entry point of the platform on this machine: the pages, and the routes to main and the stream instances. */
@NullMarked
package io.kubescaler.local.gateway;

import org.jspecify.annotations.NullMarked;
