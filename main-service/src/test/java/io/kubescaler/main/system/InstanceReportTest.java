package io.kubescaler.main.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.main.system.InstanceReport.Dependency;
import io.kubescaler.main.system.InstanceReport.Streaming;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InstanceReportTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    @Test
    void tellsWhatAStreamInstanceSendsAndRefuses() {
        InstanceReport report = report("""
                process_start_time_seconds 1.7952443E9
                kubescaler_stream_connections 3.0
                kubescaler_stream_sent_bytes_total 75000.0
                kubescaler_stream_messages_sent_total 3.0
                kubescaler_stream_messages_dropped_total 2.0
                http_server_requests_seconds_count{method="GET",status="200",uri="/stream/{userId}/{profileId}"} 9
                http_server_requests_seconds_count{method="GET",exception="none",status="409",uri="/stream/{userId}/{profileId}"} 4
                http_server_requests_seconds_count{method="GET",exception="x",status="409",uri="/stream/{userId}/{profileId}"} 1
                http_server_requests_seconds_count{method="DELETE",status="403",uri="/stream/{userId}/{profileId}"} 1
                http_server_requests_seconds_count{method="GET",status="404",uri="/actuator/nothing"} 1
                """);

        assertThat(report.startedAt()).isEqualTo(Instant.ofEpochSecond(1_795_244_300));
        assertThat(report.streaming()).isEqualTo(new Streaming(3, 75_000, 3, 2, Map.of("409", 5L)));
    }

    @Test
    void addsUpHowLongEachDependencyTakes() {
        InstanceReport report = report("""
                kubescaler_redis_seconds_count{node="a:1",operation="acquire"} 2
                kubescaler_redis_seconds_sum{node="a:1",operation="acquire"} 0.25
                kubescaler_redis_seconds_max{node="a:1",operation="acquire"} 0.125
                kubescaler_redis_seconds_count{node="a:1",operation="ping"} 1
                kubescaler_redis_seconds_sum{node="a:1",operation="ping"} 0.5
                kubescaler_redis_seconds_max{node="a:1",operation="ping"} 0.5
                http_client_requests_seconds_count{status="204"} 1
                http_client_requests_seconds_sum{status="204"} 1.5
                http_client_requests_active_seconds_sum{status="204"} 7
                """);

        assertThat(report.streaming()).isNull();
        assertThat(report.dependencies())
                .isEqualTo(List.of(new Dependency("base", 1, 1.5, 0), new Dependency("redis a:1", 3, 0.75, 0.5)));
    }

    private static InstanceReport report(String metrics) {
        return InstanceReport.of("stream", "stream-1", NOW, Sample.parse(metrics));
    }
}
