package io.kubescaler.main.base;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import feign.Request;
import feign.codec.Decoder;
import io.kubescaler.service.base.BaseSettings;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What only the Feign client of base is made of; no {@code @Configuration}, or it would count for the whole service. */
class BaseClientConfiguration {

    @Bean
    Request.Options timeouts(BaseSettings settings) {
        return new Request.Options(settings.connectTimeout(), settings.timeout(), false);
    }

    /**
     * Main refuses unknown fields of its callers, but an answer of a newer base may have more than we know. What we count on
     * has to be there: no items are an empty list, not nothing.
     */
    @Bean
    Decoder decoder(JsonMapper strict) {
        JsonSetter.Value required = JsonSetter.Value.forValueNulls(Nulls.FAIL);
        JsonMapper mapper = strict.rebuild()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .withConfigOverride(List.class, items -> items.setNullHandling(required))
                .withConfigOverride(Set.class, users -> users.setNullHandling(required))
                .build();
        return (response, type) -> Objects.requireNonNull(
                mapper.readValue(response.body().asInputStream(), mapper.constructType(type)), "The answer is null");
    }
}
