package io.kubescaler.redlock;

import java.time.Instant;

/** Reminds a node, which may have forgotten, whose a resource is, and since when. */
public record Claim(Resource resource, String owner, Instant since) {}
