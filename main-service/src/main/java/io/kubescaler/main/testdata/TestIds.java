package io.kubescaler.main.testdata;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * The ids of test data, which say themselves that they are: UUIDs of version 8 (RFC 9562, the version for one's own
 * formats) that start with "kstest" in ASCII and are random in their other 74 bits.
 */
final class TestIds {

    private static final long MARK = 0x6b73_7465_7374_0000L; // "kstest"
    private static final long MARK_BITS = 0xffff_ffff_ffff_0000L;
    private static final long VERSION_8 = 0x8000L;
    private static final long VERSION_BITS = 0xf000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long VARIANT_BITS = 0xc000_0000_0000_0000L;

    private static final SecureRandom random = new SecureRandom();

    static UUID next() {
        long high = MARK | VERSION_8 | (random.nextLong() & ~(MARK_BITS | VERSION_BITS));
        long low = VARIANT | (random.nextLong() & ~VARIANT_BITS);
        return new UUID(high, low);
    }

    static boolean marks(UUID id) {
        return (id.getMostSignificantBits() & (MARK_BITS | VERSION_BITS)) == (MARK | VERSION_8)
                && (id.getLeastSignificantBits() & VARIANT_BITS) == VARIANT;
    }

    private TestIds() {}
}
