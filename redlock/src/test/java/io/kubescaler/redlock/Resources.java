package io.kubescaler.redlock;

import java.util.UUID;

/** Resources that no other test uses. */
final class Resources {

    private Resources() {}

    static Resource next() {
        UUID id = UUID.randomUUID();
        return new Resource("lock:{" + id + "}", "launched:{" + id + "}");
    }
}
