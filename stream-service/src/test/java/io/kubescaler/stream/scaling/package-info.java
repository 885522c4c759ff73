@NullMarked
package io.kubescaler.stream.scaling;

import org.jspecify.annotations.NullMarked;
