package io.kubescaler.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Receives the messages and states of a {@link StreamClient}, in order and on one thread at a time. A slow listener
 * slows its own connection down; the server then drops messages. Anything that a callback throws goes to the thread's
 * handler of uncaught exceptions, and the client goes on, even if the handler throws. After {@link StreamClient#close}
 * no further callback begins.
 */
public interface Listener {

    /** A session has begun, or was resumed. */
    default void session(Session session) {}

    default void message(Message message) {}

    /**
     * The answer was no stream.
     *
     * @param retryIn when the client comes back by itself; null if it has stopped for good
     */
    default void refused(RefusedException refusal, @Nullable Duration retryIn) {}

    /**
     * The server has ended the stream.
     *
     * @param retryIn when the client comes back by itself; null if it has stopped for good
     */
    default void ended(EndReason reason, @Nullable Duration retryIn) {}

    /**
     * The connection was lost, or could not be opened.
     *
     * @param retryIn when the client comes back by itself
     */
    default void disconnected(StreamException cause, Duration retryIn) {}
}
