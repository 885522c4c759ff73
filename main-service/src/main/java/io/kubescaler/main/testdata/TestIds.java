package io.kubescaler.main.testdata;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * The ids of test data, which say themselves that they are: UUIDs of version 8 (RFC 9562, the version for one's own
 * formats) that end in "kstest" in ASCII and are random in their other 74 bits. They differ in their first digits, which
 * people tell them apart by.
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
