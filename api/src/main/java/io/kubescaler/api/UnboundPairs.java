package io.kubescaler.api;

import java.util.List;

/** The pairs of a call that are not bound; also those whose user or profile does not exist. */
public record UnboundPairs(List<Pair> unbound) {}
