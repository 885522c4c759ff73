package io.kubescaler.main.testdata;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/** How much test data to make; a missing number has its default. */
record TestDataRequest(
        @Min(0) @Max(MAX) @Nullable Integer users,
        @Min(0) @Max(MAX) @Nullable Integer profiles) {

    private static final int MAX = 10_000;
    private static final int DEFAULT_USERS = 20;
    private static final int DEFAULT_PROFILES = 10;

    TestDataRequest {
        users = users == null ? DEFAULT_USERS : users;
        profiles = profiles == null ? DEFAULT_PROFILES : profiles;
    }
}
