/** Settings for the services that call base-service. */
@NullMarked
package io.kubescaler.service.base;

import org.jspecify.annotations.NullMarked;
