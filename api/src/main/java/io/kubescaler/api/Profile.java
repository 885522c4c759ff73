package io.kubescaler.api;

import java.util.Set;
import java.util.UUID;

/** Something that users stream, and the users bound to it. */
public record Profile(UUID id, Set<UUID> users) {}
