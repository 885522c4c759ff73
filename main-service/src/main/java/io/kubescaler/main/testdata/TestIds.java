package io.kubescaler.main.testdata;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * Ids that mark test data: UUIDs of version 8 (RFC 9562, the version for custom formats) that end in "kstest" in ASCII.
 * Their other 74 bits are random. Their first digits differ, so that people can distinguish them.
 */
final class TestIds {

    private static final long VERSION_8 = 0x8000L;
    private static final long VERSION_BITS = 0xf000L;
    private static final long MARK = 0x8000_6b73_7465_7374L; // the variant of RFC 9562, and "kstest"
    private static final long MARK_BITS = 0xc000_ffff_ffff_ffffL;

    private static final SecureRandom random = new SecureRandom();

    static UUID next() {
        return new UUID((random.nextLong() & ~VERSION_BITS) | VERSION_8, (random.nextLong() & ~MARK_BITS) | MARK);
    }

    static boolean marks(UUID id) {
        return (id.getMostSignificantBits() & VERSION_BITS) == VERSION_8
                && (id.getLeastSignificantBits() & MARK_BITS) == MARK;
    }

    private TestIds() {}
}
