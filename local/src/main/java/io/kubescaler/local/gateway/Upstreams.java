package io.kubescaler.local.gateway;

import java.net.URI;
import java.util.List;

/**
 * The services behind the gateway.
 *
 * @param streams the stream instances, used in turn
 */
public record Upstreams(URI main, List<URI> streams) {}
