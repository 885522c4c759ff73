package io.kubescaler.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param next the opaque {@code ?page=} of the next page; null on the last page
 */
public record Page<T>(List<T> items, @Nullable String next) {

    /** Items per page if the caller gives no limit. */
    public static final int DEFAULT_LIMIT = 100;

    /** The highest limit that a caller may give. */
    public static final int MAX_LIMIT = 1000;
}
