package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsStringsNumbersAndBooleans() {
        Json json = Json.read(" { \"a\" : \"x\", \"b\":-1.5e3 ,\"c\":true,\"d\":null,\"e\":\"\"}");
        assertThat(json.find("a")).isEqualTo("x");
        assertThat(json.find("b")).isEqualTo("-1.5e3");
        assertThat(json.find("c")).isEqualTo("true");
        assertThat(json.find("d")).isNull();
        assertThat(json.find("e")).isEmpty();
    }

    @Test
    void readsAllEscapes() {
        assertThat(Json.read("{\"a\":\"1\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE802\"}")
                        .find("a"))
                .isEqualTo("1\"\\/\b\f\n\r\té🚀2");
    }

    @Test
    void passesOverNestedValues() {
        Json json = Json.read("{\"a\":{\"b\":[\"}\\\"\",{}]},\"c\":[[],\"]\"],\"d\":1}");
        assertThat(json.find("a")).isNull();
        assertThat(json.find("b")).isNull();
        assertThat(json.find("d")).isEqualTo("1");
    }

    @Test
    void anEmptyObjectHasNoFields() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.read(" {} ").get("a"))
                .withMessage("The field \"a\" is missing.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[]",
                "{",
                "{\"a\"",
                "{\"a\":}",
                "{\"a\":1",
                "{\"a\":1,}",
                "{\"a\":\"x",
                "{\"a\":[1}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\" 1}",
                "{a:1}"
            })
    void rejectsTextThatIsNoObject(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Json.read(text)).withMessageContaining("JSON object");
    }
}
