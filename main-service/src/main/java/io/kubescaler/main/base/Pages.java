package io.kubescaler.main.base;

import io.kubescaler.api.Page;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Walks over a whole list of base, with only one page in memory at a time. */
public final class Pages {

    /** One of base's lists. */
    @FunctionalInterface
    public interface Source<T> {
        Page<T> page(int limit, @Nullable String page);
    }

    public static <T> void walk(Source<T> source, Consumer<List<T>> visitor) {
        String next = null;
        do {
            Page<T> page = source.page(Page.MAX_LIMIT, next);
            visitor.accept(page.items());
            next = page.next();
        } while (next != null);
    }

    private Pages() {}
}
