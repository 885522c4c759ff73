package io.kubescaler.webflux;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;

/**
 * Keeps the log quiet if a client of HTTP/2 breaks its connection, or a request that contradicts itself: Netty closes
 * either, and the request ends as if its client had left.
 */
@Sharable
final class BrokenRequests extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (!(failure instanceof Http2Exception || failure instanceof IOException)) {
            context.fireExceptionCaught(failure);
        }
    }
}
