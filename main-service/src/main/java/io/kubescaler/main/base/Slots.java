package io.kubescaler.main.base;

import feign.Capability;
import feign.InvocationHandlerFactory;
import feign.InvocationHandlerFactory.MethodHandler;
import feign.Target;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Bounds the calls to base, so that a base that hangs leaves threads to calls that do not need it. A call has its slot
 * until its answer is read. Without a free slot, a call fails at once with {@link BaseBusyException}.
 *
 * <p>Public because Feign calls it by reflection.
 */
public final class Slots implements Capability {

    private final int calls;
    private final Semaphore free;

    Slots(int calls) {
        this.calls = calls;
        this.free = new Semaphore(calls);
    }

    @Override
    public InvocationHandlerFactory enrich(InvocationHandlerFactory factory) {
        return new InvocationHandlerFactory() {
            @Override
            @SuppressWarnings("rawtypes") // as in Feign's interface
            public InvocationHandler create(Target base, Map<Method, MethodHandler> methods) {
                Map<Method, MethodHandler> bounded = new LinkedHashMap<>();
                methods.forEach((method, call) -> bounded.put(method, values -> inSlot(base, call, values)));
                return factory.create(base, bounded);
            }
        };
    }

    private Object inSlot(Target<?> base, MethodHandler call, Object[] values) throws Throwable {
        if (!free.tryAcquire()) {
            throw new BaseBusyException(base, calls);
        }
        try {
            return call.invoke(values);
        } finally {
            free.release();
        }
    }
}
