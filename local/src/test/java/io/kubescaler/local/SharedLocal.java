package io.kubescaler.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests a local that runs, the same for all of them; it ends with the last one. */
final class SharedLocal implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RunningLocal.class;
    }

    @Override
    public RunningLocal resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(SharedLocal.class))
                .computeIfAbsent(RunningLocal.class, type -> start(), RunningLocal.class);
    }

    private static RunningLocal start() {
        try {
            RunningLocal local = RunningLocal.create("shared");
            local.start();
            return local;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
