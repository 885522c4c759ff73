package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node that reports its calls to a listener. */
final class ObservedLockNode implements LockNode {

    private final LockNode node;
    private final NodeListener listener;
    private final Timing timing;

    ObservedLockNode(LockNode node, NodeListener listener, Timing timing) {
        this.node = node;
        this.listener = listener;
        this.timing = timing;
    }

    @Override
    public String name() {
        return node.name();
    }

    @Override
    public CompletionStage<AcquireReply> acquire(
            Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since) {
        return observe("acquire", () -> node.acquire(resource, owner, previous, ttl, since));
    }

    @Override
    public CompletionStage<Boolean> recordEpoch(Resource resource, String owner, long epoch, Duration kept) {
        return observe("epoch", () -> node.recordEpoch(resource, owner, epoch, kept));
    }

    @Override
    public CompletionStage<Void> undo(Resource resource, String owner) {
        return observe("undo", () -> node.undo(resource, owner));
    }

    @Override
    public CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl) {
        return observe("extend", () -> node.extend(claims, ttl));
    }

    @Override
    public CompletionStage<Void> leave(Resource resource, String owner) {
        return observe("leave", () -> node.leave(resource, owner));
    }

    @Override
    public CompletionStage<ReleaseReply> release(Resource resource, String owner, Duration remembered) {
        return observe("release", () -> node.release(resource, owner, remembered));
    }

    @Override
    public CompletionStage<Void> revoke(String sessionOrOwner) {
        return observe("revoke", () -> node.revoke(sessionOrOwner));
    }

    @Override
    public CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources) {
        return observe("launched", () -> node.launched(resources));
    }

    @Override
    public CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory) {
        return observe("join", () -> node.join(list, entry, ttl, memory));
    }

    @Override
    public CompletionStage<Void> ping() {
        return observe("ping", node::ping);
    }

    @Override
    public void onRevoked(Consumer<String> listener) {
        node.onRevoked(listener);
    }

    private <T> CompletionStage<T> observe(String operation, Supplier<CompletionStage<T>> call) {
        long start = timing.nanoTime();
        return call.get().whenComplete((reply, failure) -> {
            Duration took = Duration.ofNanos(timing.nanoTime() - start);
            listener.answered(node.name(), operation, took, failure);
        });
    }
}
