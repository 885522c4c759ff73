/** How failures become problem+json, and the limit of bodies. */
@NullMarked
package io.kubescaler.main.web;

import org.jspecify.annotations.NullMarked;
