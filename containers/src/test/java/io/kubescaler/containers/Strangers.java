package io.kubescaler.containers;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks for streams that others have, one after another, again and again. */
final class Strangers implements AutoCloseable {

    private static final long PAUSE_MILLIS = 50;

    private final List<String> letIn = new CopyOnWriteArrayList<>();
    private final AtomicLong tries = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);

    Strangers(Door door, List<String> pairs) {
        Thread thread = new Thread(() -> ask(door, pairs), "strangers");
        thread.setDaemon(true);
        thread.start();
    }

    /** The pairs that one of them was given. */
    List<String> letIn() {
        return letIn;
    }

    /** How often one was told that somebody else has the pair. */
    long tries() {
        return tries.get();
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void ask(Door door, List<String> pairs) {
        try {
            for (int i = 0; !closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS); i++) {
                String pair = pairs.get(i % pairs.size());
                try {
                    int status = door.status("/stream/" + pair);
                    if (status == 200) {
                        letIn.add(pair);
                    } else if (status == 409) {
                        tries.incrementAndGet();
                    }
                } catch (IOException cutOff) {
                    // The door itself was not there; no answer is no stream.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
