package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.SplittableRandom;
import org.springframework.stereotype.Component;

/** Random letters and digits, numbered from 1. For one thread. */
@Component
class RandomMessages implements MessageSource {

    private static final int BYTES_IN_A_GROUP = 3;
    private static final int LETTERS_IN_A_GROUP = 4;

    private final SplittableRandom random = new SplittableRandom();
    private final String host;
    private final int size;
    private final byte[] noise;
    private long sequence;

    RandomMessages(StreamSettings settings) {
        host = settings.instance();
        size = Math.toIntExact(settings.messageSize().toBytes());
        noise = new byte[(size + LETTERS_IN_A_GROUP - 1) / LETTERS_IN_A_GROUP * BYTES_IN_A_GROUP];
    }

    @Override
    public ByteBuf next() {
        random.nextBytes(noise);
        byte[] letters = Base64.getUrlEncoder().encode(noise);
        String head = "event: message\ndata: {\"sequence\":%d,\"host\":\"%s\",\"timestamp\":\"%s\",\"message\":\""
                .formatted(++sequence, host, Instant.now());
        ByteBuf event = PooledByteBufAllocator.DEFAULT.directBuffer(head.length() + size + "\"}\n\n".length());
        event.writeCharSequence(head, StandardCharsets.US_ASCII);
        event.writeBytes(letters, 0, size);
        event.writeCharSequence("\"}\n\n", StandardCharsets.US_ASCII);
        return event;
    }
}
