package io.kubescaler.main.base;

import java.util.Set;
import java.util.UUID;

/** The body for putting a profile: the users bound to it. */
public record ProfileUsers(Set<UUID> users) {}
