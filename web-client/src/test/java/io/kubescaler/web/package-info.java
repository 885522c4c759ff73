/** The pages in a real browser, against a server that answers by a script. */
@NullMarked
package io.kubescaler.web;

import org.jspecify.annotations.NullMarked;
