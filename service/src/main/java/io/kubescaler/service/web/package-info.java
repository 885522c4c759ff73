/** Reading ids and rejecting requests in every service, with the wording of all problem+json answers. */
@NullMarked
package io.kubescaler.service.web;

import org.jspecify.annotations.NullMarked;
