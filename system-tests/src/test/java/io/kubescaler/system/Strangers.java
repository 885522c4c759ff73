package io.kubescaler.system;

import io.kubescaler.api.Pair;
import io.kubescaler.client.RefusedException;
import io.kubescaler.client.StreamException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks for streams that others have, one after another, again and again. */
final class Strangers implements AutoCloseable {

    private static final long PAUSE_MILLIS = 50;

    private final List<Pair> letIn = new CopyOnWriteArrayList<>();
    private final AtomicLong tries = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);

    Strangers(Door door, List<Pair> pairs) {
        Thread thread = new Thread(() -> ask(door, pairs), "strangers");
        thread.setDaemon(true);
        thread.start();
    }

    /** The pairs that one of them was given. */
    List<Pair> letIn() {
        return letIn;
    }

    /** How often one was rejected because somebody else has the pair. */
    long tries() {
        return tries.get();
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void ask(Door door, List<Pair> pairs) {
        try {
            for (int i = 0; !closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS); i++) {
                Pair pair = pairs.get(i % pairs.size());
                try {
                    door.open(pair).close();
                    letIn.add(pair);
                } catch (RefusedException refusal) {
                    if (refusal.status() == 409) {
                        tries.incrementAndGet();
                    }
                } catch (StreamException cutOff) {
                    // The door itself was not there; no answer is no stream.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
