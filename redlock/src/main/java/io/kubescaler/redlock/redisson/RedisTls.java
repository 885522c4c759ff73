package io.kubescaler.redlock.redisson;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * The certificates for the addresses {@code rediss://}.
 *
 * @param trusted those that a Redis must have one of
 * @param own those that the client shows to a Redis that asks for one
 */
public record RedisTls(TrustManagerFactory trusted, KeyManagerFactory own) {}
