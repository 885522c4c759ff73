package io.kubescaler.redlock.redisson;

import io.kubescaler.redlock.Claim;
import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript;
import org.redisson.api.RScript.ReturnType;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Redis master behind a Redisson client of its own. */
final class RedissonLockNode implements LockNode {

    private static final Logger log = LoggerFactory.getLogger(RedissonLockNode.class);

    private static final String REVOKED = "revoked";
    private static final String PING = "ping";
    /** Which lists of masters are in use, and which were. */
    private static final List<Object> LISTS = List.of("masters", "masters:used");

    private static final String ENDED_WITHOUT_LOCK = "ended";

    private static final Duration NOT_TOO_OFTEN = Duration.ofSeconds(1);

    private static final Script ACQUIRE = Script.load("owners.lua", "acquire.lua");
    private static final Script EPOCH = Script.load("epoch.lua");
    private static final Script UNDO = Script.load("owners.lua", "undo.lua");
    private static final Script EXTEND = Script.load("owners.lua", "extend.lua");
    private static final Script LEAVE = Script.load("owners.lua", "leave.lua");
    private static final Script RELEASE = Script.load("owners.lua", "release.lua");
    private static final Script JOIN = Script.load("join.lua");

    private final String name;
    private final RedissonConnection connection;
    private final RedisLogin login;
    private final Executor retry = CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS);
    private volatile @Nullable String failing;
    private long noted = System.nanoTime() - NOT_TOO_OFTEN.toNanos();

    RedissonLockNode(String name, RedissonConnection connection, RedisLogin login) {
        this.name = name;
        this.connection = connection;
        this.login = login;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<AcquireReply> acquire(
            Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since) {
        CompletionStage<List<String>> reply = eval(
                ACQUIRE,
                ReturnType.LIST,
                List.of(
                        resource.lockKey(),
                        resource.launchedKey(),
                        endedKey(resource, previous == null ? owner : previous),
                        epochKey(resource),
                        ENDED_WITHOUT_LOCK),
                owner,
                previous == null ? "" : previous,
                ttl.toMillis(),
                since.toEpochMilli());
        return reply.thenApply(words -> switch (words.get(0)) {
            case "taken" ->
                new AcquireReply.Taken(
                        instant(words.get(1)), words.get(2).equals("resumed"), Long.parseLong(words.get(3)));
            case "ended" -> new AcquireReply.Ended();
            default ->
                new AcquireReply.Held(
                        words.get(1), Duration.ofMillis(Long.parseLong(words.get(2))), instant(words.get(3)));
        });
    }

    @Override
    public CompletionStage<Boolean> recordEpoch(Resource resource, String owner, long epoch, Duration kept) {
        return eval(
                EPOCH,
                ReturnType.BOOLEAN,
                List.of(resource.lockKey(), epochKey(resource)),
                owner,
                epoch,
                kept.toMillis());
    }

    @Override
    public CompletionStage<Void> undo(Resource resource, String owner) {
        return eval(UNDO, ReturnType.VALUE, keys(resource), owner).thenApply(nothing -> null);
    }

    @Override
    public CompletionStage<List<ExtendReply>> extend(List<Claim> claims, Duration ttl) {
        List<Object> keys = new ArrayList<>(3 * claims.size() + 1);
        List<Object> arguments = new ArrayList<>(1 + 2 * claims.size());
        arguments.add(ttl.toMillis());
        for (Claim claim : claims) {
            keys.addAll(keys(claim.resource()));
            keys.add(endedKey(claim.resource(), claim.owner()));
            arguments.add(claim.owner());
            arguments.add(claim.since().toEpochMilli());
        }
        keys.add(ENDED_WITHOUT_LOCK);
        CompletionStage<List<String>> replies = eval(EXTEND, ReturnType.LIST, keys, arguments.toArray());
        return replies.thenApply(words -> {
            if (words.size() != claims.size()) {
                throw new IllegalStateException(words.size() + " replies to " + claims.size() + " claims");
            }
            return words.stream().map(ExtendReply::valueOf).toList();
        });
    }

    @Override
    public CompletionStage<Void> leave(Resource resource, String owner) {
        return eval(LEAVE, ReturnType.VALUE, keys(resource), owner).thenApply(nothing -> null);
    }

    @Override
    public CompletionStage<ReleaseReply> release(Resource resource, String owner, Duration remembered) {
        CompletionStage<List<String>> reply = eval(
                RELEASE,
                ReturnType.LIST,
                List.of(resource.lockKey(), resource.launchedKey(), endedKey(resource, owner), ENDED_WITHOUT_LOCK),
                owner,
                remembered.toMillis());
        return reply.thenApply(words -> switch (words.get(0)) {
            case "released" -> new ReleaseReply.Released();
            case "ending" -> new ReleaseReply.Ending(Duration.ofMillis(Long.parseLong(words.get(1))));
            case "missing" -> new ReleaseReply.Missing();
            default -> new ReleaseReply.Anothers();
        });
    }

    @Override
    public CompletionStage<Void> revoke(String sessionOrOwner) {
        return call(client -> client.getTopic(REVOKED, StringCodec.INSTANCE).publishAsync(sessionOrOwner))
                .thenApply(receivers -> null);
    }

    @Override
    public CompletionStage<List<@Nullable Instant>> launched(List<Resource> resources) {
        String[] keys = resources.stream().map(Resource::launchedKey).toArray(String[]::new);
        return call(client -> client.getBuckets(StringCodec.INSTANCE).<String>getAsync(keys))
                .thenApply(found -> resources.stream()
                        .map(resource -> found.get(resource.launchedKey()))
                        .<@Nullable Instant>map(since -> since == null ? null : instant(since))
                        .toList());
    }

    @Override
    public CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory) {
        CompletionStage<List<String>> reply =
                eval(JOIN, ReturnType.LIST, LISTS, list, entry.name(), ttl.toMillis(), memory.toMillis());
        return reply.thenApply(words -> new JoinReply(
                Set.copyOf(words.subList(1, words.size())), words.get(0).equals("known")));
    }

    /** Writes, because a node that cannot write (a replica, a full disk, no memory left) cannot lock. */
    @Override
    public CompletionStage<Void> ping() {
        return call(client -> client.getBucket(PING, StringCodec.INSTANCE).setAsync("", Duration.ofSeconds(1)));
    }

    @Override
    public void onRevoked(Consumer<String> listener) {
        call(client -> client.getTopic(REVOKED, StringCodec.INSTANCE)
                        .addListenerAsync(String.class, (channel, sessionOrOwner) -> listener.accept(sessionOrOwner)))
                .whenComplete((id, failure) -> {
                    // Once subscribed, the client subscribes again by itself after every reconnection.
                    if (failure != null && !connection.isClosed()) {
                        retry.execute(() -> onRevoked(listener));
                    }
                });
    }

    private <T> CompletionStage<T> eval(Script script, ReturnType type, List<Object> keys, Object... arguments) {
        return call(client -> {
            RScript scripts = client.getScript(StringCodec.INSTANCE);
            CompletionStage<T> reply =
                    scripts.evalShaAsync(RScript.Mode.READ_WRITE, script.sha(), type, keys, arguments);
            // A restarted node has no scripts; sending the text once is enough.
            return reply.exceptionallyCompose(
                    failure -> RedisFailure.rootCause(failure) instanceof RedisNoScriptException
                            ? scripts.evalAsync(RScript.Mode.READ_WRITE, script.text(), type, keys, arguments)
                            : CompletableFuture.failedStage(failure));
        });
    }

    /** Replaces failures by a {@link NodeFailedException}, which contains no token. */
    private <T> CompletionStage<T> call(Function<RedissonClient, CompletionStage<T>> command) {
        return connection
                .call(command)
                .whenComplete((reply, failure) -> note(failure == null ? null : words(failure)))
                .exceptionallyCompose(
                        failure -> CompletableFuture.failedStage(new NodeFailedException(words(failure))));
    }

    /** Logs when the node begins to fail, fails differently, or answers again; at most once per second. */
    private void note(@Nullable String words) {
        if (Objects.equals(words, failing) || connection.isClosed()) {
            return;
        }
        synchronized (connection) {
            long now = System.nanoTime();
            if (Objects.equals(words, failing) || now - noted < NOT_TOO_OFTEN.toNanos()) {
                return;
            }
            failing = words;
            noted = now;
        }
        if (words == null) {
            log.info("Redis {} answers again", name);
        } else {
            log.warn("Redis {} fails: {}", name, words);
        }
    }

    private String words(Throwable failure) {
        return RedisFailure.words(failure, login);
    }

    private static List<Object> keys(Resource resource) {
        return List.of(resource.lockKey(), resource.launchedKey());
    }

    private static String epochKey(Resource resource) {
        return "epoch:" + resource.lockKey();
    }

    private static String endedKey(Resource resource, String owner) {
        return "ended:" + resource.lockKey() + ":" + LockNode.session(owner);
    }

    private static Instant instant(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis));
    }
}
