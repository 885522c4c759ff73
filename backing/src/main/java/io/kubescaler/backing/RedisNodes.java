package io.kubescaler.backing;

import java.net.URI;
import java.util.List;

/** Redis masters that know nothing of each other. */
public interface RedisNodes extends AutoCloseable {

    /** For instance {@code redis://127.0.0.1:6391}, one for each master. */
    List<URI> uris();

    /** Stops them all. */
    @Override
    void close();
}
