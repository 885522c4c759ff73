/** When an instance is ready. */
@NullMarked
package io.kubescaler.service.health;

import org.jspecify.annotations.NullMarked;
