@NullMarked
package io.kubescaler.stream.message;

import org.jspecify.annotations.NullMarked;
