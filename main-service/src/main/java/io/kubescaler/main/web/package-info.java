/** Rendering failures as problem+json, and limiting the size of bodies. */
@NullMarked
package io.kubescaler.main.web;

import org.jspecify.annotations.NullMarked;
