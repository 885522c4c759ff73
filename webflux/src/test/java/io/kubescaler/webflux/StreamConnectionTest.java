package io.kubescaler.webflux;

import static org.assertj.core.api.Assertions.assertThatNoException;

import io.netty.channel.Channel;
import io.netty.channel.local.LocalChannel;
import org.junit.jupiter.api.Test;

class StreamConnectionTest {

    /** As Reactor Netty has one for a client that has left. */
    @Test
    void cutsOffNobodyWhereThereIsNoConnection() {
        Channel never = new LocalChannel();

        assertThatNoException().isThrownBy(() -> new StreamConnection(never).cutOff());
    }
}
