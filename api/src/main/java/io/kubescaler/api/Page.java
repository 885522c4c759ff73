package io.kubescaler.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param next the opaque {@code ?page=} of the part after this one; null on the last
 */
public record Page<T>(List<T> items, @Nullable String next) {

    /** How many items a page has when the caller does not say. */
    public static final int DEFAULT_LIMIT = 100;

    /** The most items a caller may ask for. */
    public static final int MAX_LIMIT = 1000;
}
