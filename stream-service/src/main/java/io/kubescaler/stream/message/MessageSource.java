package io.kubescaler.stream.message;

import java.util.UUID;

/** Where messages come from. */
public interface MessageSource {

    /** Returns the feed for one more stream of this profile; it runs until the stream is {@link #close closed}. */
    Feed open(UUID profile);

    /** Must be called once for each stream that has ended. */
    void close(UUID profile);
}
