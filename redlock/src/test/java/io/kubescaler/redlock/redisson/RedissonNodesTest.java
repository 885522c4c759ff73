package io.kubescaler.redlock.redisson;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedissonNodesTest {

    @ParameterizedTest
    @ValueSource(strings = {"http://:secret@localhost:6379", "redis://:secret@localhost", "redis:6379"})
    void refusesWhatIsNoAddressOfARedisWithoutShowingItsPassword(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedissonNodes.connect(List.of(URI.create(uri))))
                .withMessageStartingWith("The address of a Redis is redis://host:port, but one has the scheme ")
                .withMessageNotContaining("secret");
    }
}
