package io.kubescaler.local.gateway;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where the gateway listens with TLS.
 *
 * @param certificate a PKCS #12 file
 */
public record SecureDoor(InetSocketAddress address, Path certificate, String password) {}
