package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The link between an instance and a node. Each message has its own latency, so messages overtake each other. Any may
 * be lost, and each direction may be cut. Every failure is silence, because that is the hardest to handle.
 */
class SimulatedLink implements LockNode {

    private final String name;
    private final SimulatedInstance instance;
    private final SimulatedNode node;
    private final LongSupplier latency;
    private final double loss;
    private @Nullable Consumer<String> revocations;
    private long requestsCutUntil;
    private long repliesCutUntil;

    SimulatedLink(String name, SimulatedInstance instance, SimulatedNode node, LongSupplier latency, double loss) {
        this.name = name;
        this.instance = instance;
        this.node = node;
        this.latency = latency;
        this.loss = loss;
    }

    void cut(boolean requests, boolean replies, long nanos) {
        long until = instance.simulation.now() + nanos;
        requestsCutUntil = requests ? until : requestsCutUntil;
        repliesCutUntil = replies ? until : repliesCutUntil;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<AcquireReply> acquire(
            Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since) {
        CompletionStage<AcquireReply> reply = ask(node -> node.acquire(resource, owner, previous, ttl, since));
        reply.thenAccept(answer -> {
            if (answer instanceof AcquireReply.Taken) {
                instance.heardYes(owner, this);
            }
        });
        return reply;
    }

    @Override
    public CompletionStage<Boolean> recordEpoch(Resource resource, String owner, long epoch, Duration kept) {
        return ask(node -> node.recordEpoch(resource, owner, epoch));
    }

    @Override
    public CompletionStage<Void> undo(Resource resource, String owner) {
        return ask(node -> node.undo(resource, owner));
    }

    @Override
    public CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl) {
        CompletionStage<List<ExtendReply>> replies = ask(
                node -> claims.stream().map(claim -> node.extend(claim, ttl)).toList());
        replies.thenAccept(answers -> {
            for (int i = 0; i < answers.size() && !ttl.isZero(); i++) {
                if (answers.get(i) == ExtendReply.EXTENDED || answers.get(i) == ExtendReply.RECREATED) {
                    instance.heardYes(claims.get(i).owner(), this);
                }
            }
        });
        return replies;
    }

    @Override
    public CompletionStage<Void> leave(Resource resource, String owner) {
        return ask(node -> node.leave(resource, owner));
    }

    @Override
    public CompletionStage<ReleaseReply> release(Resource resource, String owner, Duration remembered) {
        return ask(node -> node.release(resource, owner, remembered));
    }

    @Override
    public CompletionStage<Void> revoke(String owner) {
        return ask(node -> node.revoke(owner));
    }

    @Override
    public CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources) {
        return ask(node ->
                resources.stream().<@Nullable Instant>map(node::launched).toList());
    }

    @Override
    public CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory) {
        return ask(node -> node.join(list, entry, ttl, memory));
    }

    @Override
    public CompletionStage<Void> ping() {
        return ask(node -> null);
    }

    @Override
    public void onRevoked(Consumer<String> listener) {
        revocations = listener;
    }

    void publish(String owner) {
        Consumer<String> listener = revocations;
        if (listener != null) {
            reply(instance.inLife(instance.life(), () -> listener.accept(owner)));
        }
    }

    private <T> CompletionStage<T> ask(Function<SimulatedNode, T> command) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        int life = instance.life();
        if (!isLost(requestsCutUntil)) {
            instance.simulation.after(
                    latency.getAsLong(),
                    () -> node.run(() -> {
                        if (!node.isDown()) {
                            T result = command.apply(node);
                            reply(instance.inLife(life, () -> answer.complete(result)));
                        }
                    }));
        }
        return answer;
    }

    private void reply(Runnable delivery) {
        if (!isLost(repliesCutUntil)) {
            instance.simulation.after(latency.getAsLong(), delivery);
        }
    }

    private boolean isLost(long cutUntil) {
        return instance.simulation.now() < cutUntil || instance.simulation.chance(loss);
    }
}
