package io.kubescaler.stream.message;

import java.util.UUID;

/** Where messages come from. */
public interface MessageSource {

    /** What one more stream of this profile carries, from now until it is {@link #close closed}. */
    Feed open(UUID profile);

    /** One of the streams of this profile has ended. */
    void close(UUID profile);
}
