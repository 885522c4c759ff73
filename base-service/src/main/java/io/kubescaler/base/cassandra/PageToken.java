package io.kubescaler.base.cassandra;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The start of a statement's next page, as text: a digest and the driver's paging state, in hexadecimal digits.
 *
 * <p>The digest covers the query, its values and the paging state, so it reveals text that was truncated, changed or
 * taken from another list. It is no secret: a caller that computes one reaches another place in the same list, nothing
 * else. The driver's own {@code PagingState} is not used because it accepts truncated text.
 */
record PageToken(BoundStatement statement) {

    private static final int DIGEST_BYTES = 16;

    @Nullable
    String encode(@Nullable ByteBuffer pagingState) {
        if (pagingState == null) {
            return null;
        }
        byte[] state = new byte[pagingState.remaining()];
        pagingState.duplicate().get(state);
        HexFormat hex = HexFormat.of();
        return hex.formatHex(digest(state)) + hex.formatHex(state);
    }

    /** @throws InvalidPageException if the text does not belong to this statement */
    ByteBuffer decode(String text) {
        byte[] bytes = bytes(text);
        byte[] state = Arrays.copyOfRange(bytes, Math.min(DIGEST_BYTES, bytes.length), bytes.length);
        if (!Arrays.equals(digest(state), 0, DIGEST_BYTES, bytes, 0, bytes.length - state.length)) {
            throw new InvalidPageException("The digest does not match the page");
        }
        return ByteBuffer.wrap(state);
    }

    private static byte[] bytes(String text) {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidPageException(e);
        }
    }

    private byte[] digest(byte[] state) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(statement.getPreparedStatement().getQuery().getBytes(StandardCharsets.UTF_8));
            statement.getValues().forEach(value -> digest.update(value.duplicate()));
            return Arrays.copyOf(digest.digest(state), DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
