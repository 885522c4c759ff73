package io.kubescaler.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * The request for a stream.
 *
 * @param stalls whether its client stops reading after the first message
 */
record StreamRequest(LocalUrl url, boolean stalls) {

    ByteBuf encode(ByteBufAllocator allocator) {
        return ByteBufUtil.writeUtf8(
                allocator,
                "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n"
                        .formatted(url.uri().getRawPath(), url.uri().getAuthority()));
    }
}
