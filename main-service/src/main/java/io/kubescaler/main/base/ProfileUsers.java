package io.kubescaler.main.base;

import java.util.Set;
import java.util.UUID;

/** The body of a profile that is put: the users that are bound to it. */
public record ProfileUsers(Set<UUID> users) {}
