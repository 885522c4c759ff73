package io.kubescaler.backing;

import java.net.URI;
import java.util.List;

/** Independent Redis masters. */
public interface RedisNodes extends AutoCloseable {

    /** One per master, for instance {@code redis://127.0.0.1:6391}. */
    List<URI> uris();

    /** Stops them all. */
    @Override
    void close();
}
