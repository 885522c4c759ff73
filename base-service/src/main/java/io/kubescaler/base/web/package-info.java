/** How every call answers an error. */
@NullMarked
package io.kubescaler.base.web;

import org.jspecify.annotations.NullMarked;
