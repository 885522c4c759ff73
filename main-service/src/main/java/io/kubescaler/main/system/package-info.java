/** The state of the platform, from the metrics of its services. */
@NullMarked
package io.kubescaler.main.system;

import org.jspecify.annotations.NullMarked;
