package io.kubescaler.stream.message;

import io.netty.buffer.ByteBuf;

/** Where messages come from. */
interface MessageSource {

    /**
     * The next message as a whole event of the stream, ready to be sent to any number of clients.
     *
     * @return a buffer that the caller releases
     */
    ByteBuf next();
}
