/** What every call has in common: how ids are read and how refusals are said. */
@NullMarked
package io.kubescaler.base.web;

import org.jspecify.annotations.NullMarked;
