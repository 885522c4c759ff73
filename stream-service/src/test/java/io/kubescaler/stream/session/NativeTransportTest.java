package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without the library of its architecture, an instance cannot see which clients are gone. */
class NativeTransportTest {

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch_64"})
    void isThereForEachArchitecture(String architecture) {
        assertThat(getClass().getResource("/META-INF/native/libnetty_transport_native_epoll_" + architecture + ".so"))
                .isNotNull();
    }
}
