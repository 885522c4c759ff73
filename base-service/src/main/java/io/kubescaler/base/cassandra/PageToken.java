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
 * Where the next page of one statement starts, as text: a digest and the driver's paging state, in hexadecimal digits.
 *
 * <p>The digest covers the query, its values and the paging state, so what was cut off, changed or taken from another
 * list is noticed. It is no secret: who computes one anew reaches another place of the same list, nothing else. The
 * driver's own {@code PagingState} is not used because it takes a text whose end is missing.
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

    /** @throws InvalidPageException if this text is not of this statement */
    ByteBuffer decode(String text) {
        byte[] bytes = bytes(text);
        byte[] state = Arrays.copyOfRange(bytes, Math.min(DIGEST_BYTES, bytes.length), bytes.length);
        if (!Arrays.equals(digest(state), 0, DIGEST_BYTES, bytes, 0, bytes.length - state.length)) {
            throw new InvalidPageException("The digest is of another page");
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
