package io.kubescaler.redlock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Is called after each call to a node, on the node's thread, so it must be quick. */
@FunctionalInterface
public interface NodeListener {

    /**
     * @param node the node's name
     * @param operation one of acquire, epoch, undo, extend, release, end, revoke, launched, join, ping
     * @param failure null if the node answered
     */
    void answered(String node, String operation, Duration took, @Nullable Throwable failure);
}
