package io.kubescaler.api;

import java.util.List;

/** Pairs to check in one call, at most {@link #MAX}. */
public record Pairs(List<Pair> pairs) {

    /** The most pairs of one call. */
    public static final int MAX = 256;
}
