package io.kubescaler.local.gateway;

import io.kubescaler.webflux.RequestChecks;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServer;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.stereotype.Component;

/** The gateway over TLS, because browsers speak HTTP/2 only over TLS. */
@Component
final class SecureServer implements SmartLifecycle {

    private final WebServer server;
    private volatile boolean running;

    SecureServer(SecureDoor door, HttpHandler handler, RequestChecks checks, SmallBuffers small) {
        var ssl = new Ssl();
        ssl.setKeyStore(door.certificate().toUri().toString());
        ssl.setKeyStoreType("PKCS12");
        ssl.setKeyStorePassword(door.password());
        var http2 = new Http2();
        http2.setEnabled(true);
        var factory = new NettyReactiveWebServerFactory(door.address().getPort());
        factory.setAddress(door.address().getAddress());
        factory.setSsl(ssl);
        factory.setHttp2(http2);
        factory.addServerCustomizers(checks, small);
        server = factory.getWebServer(handler);
    }

    @Override
    public void start() {
        server.start();
        running = true;
    }

    @Override
    public void stop() {
        server.stop();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
