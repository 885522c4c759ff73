package io.kubescaler.api;

import java.util.Set;
import java.util.UUID;

/** What is streamed, and the users that are bound to it. */
public record Profile(UUID id, Set<UUID> users) {}
