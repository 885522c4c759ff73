package io.kubescaler.load;

import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.NginxProcess;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** nginx with nchan: one channel for all clients, and a publisher with the messages of stream-service. */
final class Nchan implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/sbin/nginx");
    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");

    /** One process: several nchan processes also send each message to each other. */
    private static final String CONFIGURATION = """
            load_module %s;
            user %s;
            pid nginx.pid;
            events {
                worker_connections 32768;
            }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                client_max_body_size 1m;
                client_body_buffer_size 1m;
                server {
                    listen 127.0.0.1:%d;
                    location = /publish {
                        nchan_publisher;
                        nchan_channel_id all;
                        nchan_message_buffer_length 2;
                    }
                    location = /stream {
                        nchan_subscriber eventsource;
                        nchan_channel_id all;
                        nchan_subscriber_first_message newest;
                    }
                }
            }
            """;

    private final LocalUrl url = LocalUrl.ofPort(FreePorts.next());
    private final NginxProcess process;
    private final ScheduledExecutorService publisher = Executors.newSingleThreadScheduledExecutor();
    private final String text;
    private long sequence;

    /** @throws IllegalStateException if it is not installed; the message gives the command */
    Nchan(Platform platform, int messageSize, Duration interval) {
        if (!Files.isExecutable(PROGRAM) || !Files.exists(MODULE)) {
            throw new IllegalStateException(
                    "nginx with nchan is not installed: apt-get install nginx libnginx-mod-nchan");
        }
        Path directory = platform.directory().resolve("nginx");
        process = new NginxProcess(
                PROGRAM,
                directory,
                platform.directory().resolve("nginx.log"),
                url.port(),
                CONFIGURATION.formatted(MODULE, System.getProperty("user.name"), url.port()));
        platform.start(process);
        text = "x".repeat(messageSize);
        publisher.scheduleAtFixedRate(this::publish, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    ServerProcess server() {
        return ServerProcess.of(process.pid());
    }

    LocalUrl stream() {
        return url.resolve("/stream");
    }

    private void publish() {
        HttpRequest message = HttpCalls.to(url.resolve("/publish"))
                .POST(BodyPublishers.ofString("{\"sequence\":%d,\"message\":\"%s\"}".formatted(++sequence, text)))
                .build();
        try {
            HttpCalls.send(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        publisher.shutdownNow();
    }
}
