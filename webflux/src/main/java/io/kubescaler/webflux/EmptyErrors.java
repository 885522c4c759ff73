package io.kubescaler.webflux;

import io.kubescaler.service.web.ForeignPages;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import tools.jackson.databind.json.JsonMapper;

/** Gives a body to errors that have none: Netty sends them to requests that no program ever sees. */
final class EmptyErrors extends ChannelOutboundHandlerAdapter {

    private final JsonMapper json;
    private boolean replaced;

    EmptyErrors(JsonMapper json) {
        this.json = json;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (replaced) {
            // The rest of an empty response.
            replaced = !(message instanceof LastHttpContent);
            ReferenceCountUtil.release(message);
            promise.setSuccess();
        } else if (message instanceof HttpResponse response && isEmptyError(response)) {
            replaced = !(message instanceof LastHttpContent);
            FullHttpResponse problem = problem(response);
            ReferenceCountUtil.release(message);
            context.write(problem, promise);
        } else {
            context.write(message, promise);
        }
    }

    private static boolean isEmptyError(HttpResponse response) {
        return response.status().code() >= HttpResponseStatus.BAD_REQUEST.code()
                && (response instanceof FullHttpResponse full
                        ? !full.content().isReadable()
                        : HttpUtil.getContentLength(response, -1) == 0);
    }

    private FullHttpResponse problem(HttpResponse empty) {
        int status = empty.status().code();
        byte[] body = json.writeValueAsBytes(
                ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(status), detail(status)));
        FullHttpResponse problem =
                new DefaultFullHttpResponse(empty.protocolVersion(), empty.status(), Unpooled.wrappedBuffer(body));
        problem.headers().set(empty.headers());
        ForeignPages.HEADERS.forEach(problem.headers()::set);
        problem.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                .remove(HttpHeaderNames.TRANSFER_ENCODING)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        return problem;
    }

    private static String detail(int status) {
        return switch (status) {
            case 400 -> "The request is no HTTP, or contradicts itself.";
            case 413 -> "body: too large";
            case 414 -> "URL: too long";
            case 416 -> "Range: not within what is there";
            case 431 -> "headers: too large";
            default -> "The request was rejected before it was read.";
        };
    }
}
