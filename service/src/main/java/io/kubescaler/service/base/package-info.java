/** Where base-service is, for the services that call it. */
@NullMarked
package io.kubescaler.service.base;

import org.jspecify.annotations.NullMarked;
