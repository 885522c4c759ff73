/** How every service reads ids and rejects requests: the words of all problem+json answers. */
@NullMarked
package io.kubescaler.service.web;

import org.jspecify.annotations.NullMarked;
