package io.kubescaler.base.web;

import java.beans.PropertyEditorSupport;
import java.util.UUID;
import org.springframework.boot.jackson.JacksonComponent;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.InitBinder;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/**
 * A UUID in the one form that this service writes. {@link UUID#fromString} alone would take {@code 1-1-1-1-1} too, and
 * Jackson the base64 of 16 bytes.
 */
final class StrictUuid {

    static UUID parse(String text) {
        UUID uuid = UUID.fromString(text);
        if (!uuid.toString().equalsIgnoreCase(text)) {
            throw new IllegalArgumentException("Not the canonical form of a UUID");
        }
        return uuid;
    }

    /** An editor and no converter: where a converter refuses, Spring asks its own lenient editor next. */
    @ControllerAdvice
    static final class FromPath {

        @InitBinder
        void register(WebDataBinder binder) {
            binder.registerCustomEditor(UUID.class, new PropertyEditorSupport() {
                @Override
                public void setAsText(String text) {
                    setValue(parse(text));
                }
            });
        }
    }

    @JacksonComponent
    static final class FromJson extends StdScalarDeserializer<UUID> {

        FromJson() {
            super(UUID.class);
        }

        @Override
        public UUID deserialize(JsonParser parser, DeserializationContext context) {
            String text = parser.getString();
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw context.weirdStringException(text, UUID.class, "not a UUID");
            }
        }
    }

    private StrictUuid() {}
}
