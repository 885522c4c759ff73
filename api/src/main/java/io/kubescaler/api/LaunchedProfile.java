package io.kubescaler.api;

import java.time.Instant;
import java.util.UUID;

/** A profile that one of its users is streaming, and since when. */
public record LaunchedProfile(UUID id, Instant since) {}
