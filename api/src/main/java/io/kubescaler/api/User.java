package io.kubescaler.api;

import java.util.UUID;

/** Somebody who may stream. */
public record User(UUID id) {}
