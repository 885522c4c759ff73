package io.kubescaler.local.gateway;

import java.nio.file.Path;

/**
 * Where the gateway listens with TLS.
 *
 * @param port on 127.0.0.1
 * @param certificate a PKCS #12 file
 */
public record SecureDoor(int port, Path certificate, String password) {}
