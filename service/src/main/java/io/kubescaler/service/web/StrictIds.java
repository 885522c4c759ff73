package io.kubescaler.service.web;

import io.kubescaler.api.Ids;
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
 * Accepts ids in paths and bodies in their only form ({@link Ids}). Spring and Jackson alone accept others, too.
 * Services import it.
 */
@ControllerAdvice
public class StrictIds {

    /** An editor, not a converter: when a converter rejects a text, Spring tries its own lenient editor. */
    @InitBinder
    void register(WebDataBinder binder) {
        binder.registerCustomEditor(UUID.class, new PropertyEditorSupport() {
            @Override
            public void setAsText(String text) {
                setValue(Ids.parse(text));
            }
        });
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
                return Ids.parse(text);
            } catch (IllegalArgumentException e) {
                throw context.weirdStringException(text, UUID.class, Ids.RULE);
            }
        }
    }
}
