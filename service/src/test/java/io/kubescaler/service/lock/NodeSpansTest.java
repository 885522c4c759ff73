package io.kubescaler.service.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.SystemTiming;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.test.simple.SimpleSpan;
import io.micrometer.tracing.test.simple.SimpleTracer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class NodeSpansTest {

    private final SimpleTracer tracer = new SimpleTracer();
    private final NodeSpans spans = new NodeSpans(tracer);
    private final LockNode answering = node("127.0.0.1:6391", CompletableFuture.completedFuture(null));
    private final LockNode failing =
            node("127.0.0.1:6392", CompletableFuture.failedFuture(new IllegalStateException("down")));
    private final RedLock lock =
            new RedLock(List.of(answering, failing), RedLockSettings.defaults(), new SystemTiming());

    private static LockNode node(String name, CompletableFuture<Void> answer) {
        LockNode node = mock();
        when(node.name()).thenReturn(name);
        when(node.ping()).thenReturn(answer);
        return node;
    }

    @Test
    void makesASpanOfEachCallThatASampledRequestCauses() {
        SimpleSpan request = request(true);

        during(request, () -> spans.apply(lock).ping());

        assertThat(tracer.getSpans())
                .filteredOn(span -> span != request)
                .hasSize(2)
                .allSatisfy(call -> {
                    assertThat(call.getName()).isEqualTo("redis ping");
                    assertThat(call.getKind()).isEqualTo(Span.Kind.CLIENT);
                    assertThat(call.getTraceId()).isEqualTo(request.getTraceId());
                    assertThat(call.getParentId()).isEqualTo(request.getSpanId());
                    assertThat(call.getEndTimestamp()).isAfterOrEqualTo(call.getStartTimestamp());
                });
        assertThat(of("127.0.0.1:6391").getTags())
                .isEqualTo(Map.of(
                        "db.system.name", "redis", "db.operation.name", "ping", "server.address", "127.0.0.1:6391"));
        assertThat(of("127.0.0.1:6391").getError()).isNull();
        assertThat(of("127.0.0.1:6392").getError()).hasMessage("down");
    }

    @Test
    void leavesTheLockAsItIsForARequestThatIsNotSampled() {
        during(request(false), () -> assertThat(spans.apply(lock)).isSameAs(lock));
    }

    @Test
    void leavesTheLockAsItIsWithoutARequest() {
        assertThat(spans.apply(lock)).isSameAs(lock);
    }

    private void during(SimpleSpan request, Runnable call) {
        Tracer.SpanInScope scope = tracer.withSpan(request);
        call.run();
        scope.close();
    }

    private SimpleSpan request(boolean sampled) {
        SimpleSpan request = tracer.nextSpan().start();
        request.context().setSampled(sampled);
        return request;
    }

    private SimpleSpan of(String node) {
        return tracer.getSpans().stream()
                .filter(span -> node.equals(span.getTags().get("server.address")))
                .findFirst()
                .orElseThrow();
    }
}
