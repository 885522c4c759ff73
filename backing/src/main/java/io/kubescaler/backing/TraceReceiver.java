package io.kubescaler.backing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A collector of traces, which services send to with OTLP over HTTP. */
public final class TraceReceiver implements AutoCloseable {

    /**
     * @param service its {@code service.name}
     * @param parent the id of the span that caused this one; empty if none did
     * @param attributes as text
     */
    public record ReceivedSpan(
            String service, String trace, String id, String parent, String name, Map<String, String> attributes) {}

    private final HttpServer server;
    private final List<ReceivedSpan> spans = new CopyOnWriteArrayList<>();

    public TraceReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::receive);
        server.start();
    }

    /** The settings of a service that sends all its traces here, and at once. */
    public String[] settings() {
        return Stream.concat(Stream.of("--management.tracing.export.enabled=true"), Stream.of(settingsWithoutSwitch()))
                .toArray(String[]::new);
    }

    /** As {@link #settings}, but traces are not switched on. */
    public String[] settingsWithoutSwitch() {
        return new String[] {
            "--management.opentelemetry.tracing.export.otlp.endpoint=http://127.0.0.1:"
                    + server.getAddress().getPort() + "/v1/traces",
            "--management.opentelemetry.tracing.export.schedule-delay=100ms",
            "--management.tracing.sampling.probability=1"
        };
    }

    /** All that were received. */
    public List<ReceivedSpan> spans() {
        return List.copyOf(spans);
    }

    /** Those of one trace. */
    public List<ReceivedSpan> spans(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(exchange.getRequestBody());
            request.getResourceSpansList().stream().flatMap(TraceReceiver::read).forEach(spans::add);
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private static Stream<ReceivedSpan> read(ResourceSpans of) {
        String service = text(of.getResource().getAttributesList()).getOrDefault("service.name", "");
        return of.getScopeSpansList().stream()
                .flatMap(scope -> scope.getSpansList().stream())
                .map(span -> new ReceivedSpan(
                        service,
                        HexFormat.of().formatHex(span.getTraceId().toByteArray()),
                        HexFormat.of().formatHex(span.getSpanId().toByteArray()),
                        HexFormat.of().formatHex(span.getParentSpanId().toByteArray()),
                        span.getName(),
                        text(span.getAttributesList())));
    }

    private static Map<String, String> text(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey, attribute -> attribute.getValue().getStringValue()));
    }
}
