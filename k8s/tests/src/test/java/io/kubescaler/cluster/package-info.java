@NullMarked
package io.kubescaler.cluster;

import org.jspecify.annotations.NullMarked;
