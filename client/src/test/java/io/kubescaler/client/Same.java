package io.kubescaler.client;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whether a number is the same as last time. */
final class Same implements Predicate<Integer> {

    private @Nullable Integer before;

    @Override
    public boolean test(Integer number) {
        boolean same = number.equals(before);
        before = number;
        return same;
    }
}
