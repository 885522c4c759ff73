package io.kubescaler.redlock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears how each call to a node ended. Called on the node's thread, so it must be quick. */
@FunctionalInterface
public interface NodeListener {

    /**
     * @param node the node's name
     * @param operation one of acquire, undo, extend, release, launched, ping
     * @param failure null if the node answered
     */
    void answered(String node, String operation, Duration took, @Nullable Throwable failure);
}
