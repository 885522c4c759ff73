package io.kubescaler.main.web;

import java.beans.PropertyEditorSupport;
import java.util.UUID;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.InitBinder;

/**
 * Takes an id in a path only as it is written; {@link UUID#fromString} alone would take "1-1-1-1-1" too. An editor and not
 * a converter, because Spring asks its own, lenient editor after a converter that refused.
 */
@ControllerAdvice
class StrictIds {

    @InitBinder
    void register(WebDataBinder binder) {
        binder.registerCustomEditor(UUID.class, new PropertyEditorSupport() {
            @Override
            public void setAsText(String text) {
                UUID id = UUID.fromString(text);
                if (!id.toString().equalsIgnoreCase(text)) {
                    throw new IllegalArgumentException("Not the whole id");
                }
                setValue(id);
            }
        });
    }
}
