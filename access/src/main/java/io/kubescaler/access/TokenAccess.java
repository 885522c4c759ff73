package io.kubescaler.access;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * For what exists only with {@link AccessMode#TOKEN}. It reads the setting as {@link AccessSettings} does: with Boot's
 * condition on the text, {@code To-Ken} would be {@code TOKEN} there, and open here.
 */
public final class TokenAccess implements Condition {

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return Binder.get(context.getEnvironment())
                        .bind("kubescaler.access", AccessMode.class)
                        .orElse(AccessMode.OPEN)
                == AccessMode.TOKEN;
    }
}
