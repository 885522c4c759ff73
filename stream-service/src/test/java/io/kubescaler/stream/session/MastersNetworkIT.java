package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.session.MastersNetwork.Direction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MastersNetworkIT {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    @TempDir
    private Path directory;

    private MastersNetwork network;
    private RedisProcess master;
    private RedisProcess other;

    @BeforeEach
    void start() {
        MastersNetwork opened = MastersNetwork.open();
        assumeTrue(opened != null, "a network namespace needs root on Linux, ip and iptables");
        network = opened;
        var masters = network.masters(2, directory, RedisProcess.Durability.NONE);
        master = masters.get(0);
        other = masters.get(1);
        masters.forEach(RedisProcess::start);
    }

    @AfterEach
    void close() {
        if (network != null) {
            master.close();
            other.close();
            network.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void losesWhatGoesInOneDirection(Direction direction) throws IOException {
        URI uri = master.uri();
        try (Socket before = RedisCommand.begin(uri, "PING")) {
            assertThat(answer(before)).isEqualTo("+PONG");

            network.lose(direction, master);
            before.getOutputStream().write("INCR heard\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> answer(before)).isInstanceOf(SocketTimeoutException.class);
            assertThat(RedisCommand.send(other.uri(), "PING", PATIENCE)).isEqualTo("+PONG");
            before.setSoLinger(true, 0);
        }

        assertThat(network.mend()).isEqualTo(1);
        assertThat(RedisCommand.send(uri, "EXISTS heard", PATIENCE))
                .isEqualTo(direction == Direction.REQUESTS ? ":0" : ":1");
    }

    @ParameterizedTest
    @EnumSource
    void losesWhatOneProcessSendsOrGets(Direction direction) throws IOException {
        try (Socket before = RedisCommand.begin(master.uri(), "PING")) {
            assertThat(answer(before)).isEqualTo("+PONG");

            network.lose(direction, master, ProcessHandle.current().pid());
            assertThat(RedisCommand.send(master.uri(), "PING", PATIENCE)).isEqualTo("+PONG");
            before.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> answer(before)).isInstanceOf(SocketTimeoutException.class);
            assertThat(network.mend()).isEqualTo(1);
        }
    }

    @Test
    void countsNoLossWithoutAPacket() {
        network.lose(Direction.REQUESTS, master);

        assertThat(network.mend()).isZero();
    }

    private static String answer(Socket socket) throws IOException {
        socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
    }
}
