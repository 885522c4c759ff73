package io.kubescaler.redlock;

import java.time.Instant;

/** What a lease says of a resource to a node that may have forgotten: whose it is, and since when. */
public record Claim(Resource resource, String token, Instant since) {}
