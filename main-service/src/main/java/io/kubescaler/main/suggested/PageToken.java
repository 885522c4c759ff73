package io.kubescaler.main.suggested;

import io.kubescaler.service.web.Refusal;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;

/** The end of a page, as text: its last user's id, so that any instance can return the next page. */
final class PageToken {

    /** 16 bytes in base64url: 22 characters, the last with two bits only. */
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{21}[AQgw]");

    static String write(UUID last) {
        byte[] bytes = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(last.getMostSignificantBits())
                .putLong(last.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @throws Refusal if {@link #write} cannot have returned it */
    static UUID read(String token) {
        if (!SHAPE.matcher(token).matches()) {
            throw Refusal.malformed("page", "must be the next of a page of this list");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private PageToken() {}
}
