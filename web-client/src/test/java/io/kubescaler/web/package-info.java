/** The pages in a real browser, against a server with scripted answers. */
@NullMarked
package io.kubescaler.web;

import org.jspecify.annotations.NullMarked;
