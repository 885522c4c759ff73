package io.kubescaler.local.gateway;

import java.net.URI;
import java.util.List;

/**
 * Where the gateway passes calls on to.
 *
 * @param streams the stream instances, asked in turn
 */
public record Upstreams(URI main, List<URI> streams) {}
