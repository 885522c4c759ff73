@NullMarked
package io.kubescaler.stream;

import org.jspecify.annotations.NullMarked;
