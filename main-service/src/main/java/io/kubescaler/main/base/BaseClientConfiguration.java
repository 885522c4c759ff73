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

/** Beans for base's Feign client only; with {@code @Configuration}, they would apply to the whole service. */
class BaseClientConfiguration {

    @Bean
    Request.Options timeouts(BaseSettings settings) {
        return new Request.Options(settings.connectTimeout(), settings.timeout(), false);
    }

    @Bean
    Slots slots(BaseLimits limits) {
        return new Slots(limits.calls());
    }

    /**
     * Main rejects unknown fields from its callers, but accepts them from base, which may be newer. Required fields
     * must be present: a page without items has an empty list, not null.
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
