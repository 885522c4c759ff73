/** The one door of the platform on this machine: the pages, and the way to main and to the stream instances. */
@NullMarked
package io.kubescaler.local.gateway;

import org.jspecify.annotations.NullMarked;
