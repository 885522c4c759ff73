/** What every call has in common: how input is checked and how a problem is told. */
@NullMarked
package io.kubescaler.main.web;

import org.jspecify.annotations.NullMarked;
