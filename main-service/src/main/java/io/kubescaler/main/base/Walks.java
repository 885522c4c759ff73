package io.kubescaler.main.base;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** The walks over whole lists of base that callers share. */
@Component
public final class Walks {

    private final List<SharedWalk<?>> shared = new CopyOnWriteArrayList<>();

    Walks() {}

    /**
     * Returns what the walk finds. At most one is under way at a time; its result serves all calls within some seconds.
     *
     * @return a stage for each call, which fails as the walk did
     */
    public <T> Supplier<CompletableFuture<T>> share(Supplier<T> walk) {
        SharedWalk<T> one = new SharedWalk<>(walk, System::nanoTime);
        shared.add(one);
        return one::result;
    }

    /** Forgets all results, after a change. Other instances do not notice. */
    public void forget() {
        shared.forEach(SharedWalk::forget);
    }
}
