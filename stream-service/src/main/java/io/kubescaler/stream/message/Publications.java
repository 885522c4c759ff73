package io.kubescaler.stream.message;

import io.kubescaler.api.RedisKeys;
import io.kubescaler.redlock.redisson.RedisFailure;
import io.kubescaler.redlock.redisson.RedisLogin;
import io.kubescaler.redlock.redisson.RedissonNodes;
import io.kubescaler.service.lock.RedisSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RScript;
import org.redisson.api.RStream;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode.InfoSection;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamMultiReadArgs;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;

/**
 * The messages that applications publish for profiles: one Redis Stream per profile, all in one Redis.
 *
 * @see <a href="https://redis.io/docs/latest/develop/data-types/streams/">Redis Streams</a>
 */
@Component
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "redis")
class Publications implements AutoCloseable {

    /** How long Redis may take to answer. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String FIELD = "message";
    /** Bytes of an entry beside its message. */
    private static final int BESIDE = 1_024;

    /** The reader holds one of them while it waits. */
    private static final int CONNECTIONS = 4;

    private static final int PROBE_MILLIS = 5_000;
    /** How long a read waits for something to read. */
    private static final Duration WAIT = Duration.ofSeconds(5);
    /** The most messages per profile and read, so that a backlog does not come all at once. */
    private static final int AT_ONCE = 4;

    /** The most bytes of messages in one read. */
    private static final long LARGEST_READ = 16 << 20;

    private static final Duration WAKE_KEPT = Duration.ofMinutes(1);

    private final RedissonClient client;
    private final RedissonNodes masters;
    private final String address;
    private final RedisLogin login;
    private final int kept;
    private final int profilesPerRead;
    private final String countScript;
    /** A Redis Stream of this instance alone; an entry in it ends the wait of a read. */
    private final String wakeKey = "messages:wake:" + UUID.randomUUID();

    private StreamMessageId lastWake = new StreamMessageId(0, 0);
    private int turn;
    /** The id that Redis had when this instance connected; null without a connection. */
    private volatile @Nullable String runId;

    /**
     * Connects, if Redis answers.
     *
     * @throws InvalidConfigurationPropertyValueException if the messages have no Redis of their own
     */
    Publications(MessagesSettings settings, RedisSettings redis, RedissonNodes masters, SslBundles bundles)
            throws IOException {
        URI uri = ownRedis(settings.redis(), redis.nodes());
        this.masters = masters;
        address = RedissonNodes.name(uri);
        login = settings.login(redis.tls(bundles));
        kept = settings.kept();
        profilesPerRead = profilesPerRead(settings.largest().toBytes());
        countScript = new ClassPathResource("count.lua", Publications.class).getContentAsString(StandardCharsets.UTF_8);
        Config config = new Config();
        config.setLazyInitialization(true);
        config.setNettyThreads(2);
        config.setThreads(2);
        login.applyTo(config);
        config.setNettyHook(EntryLimit.hook(settings.largest().toBytes() + BESIDE));
        config.useSingleServer()
                .setAddress(uri.toString())
                .setTimeout(Math.toIntExact(PATIENCE.toMillis()))
                .setConnectTimeout(Math.toIntExact(PATIENCE.toMillis()))
                .setRetryAttempts(0)
                .setConnectionPoolSize(CONNECTIONS)
                .setConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionMinimumIdleSize(0)
                .setPingConnectionInterval(PROBE_MILLIS)
                .setReconnectionDelay(RedissonNodes.RECONNECTION)
                .setDnsMonitoringInterval(PROBE_MILLIS);
        client = Redisson.create(config);
        try {
            connect();
        } catch (RedisException unavailable) {
            // The reader goes on trying.
        } catch (InvalidConfigurationPropertyValueException refused) {
            client.shutdown();
            throw refused;
        }
    }

    /** Returns the given address, which must not be that of a master: what fills it must not stop the locks. */
    static URI ownRedis(@Nullable URI redis, List<URI> masters) {
        if (redis == null) {
            throw refused("but kubescaler.stream.messages.redis is not set");
        }
        if (masters.stream().map(RedissonNodes::name).anyMatch(RedissonNodes.name(redis)::equalsIgnoreCase)) {
            throw refused("but kubescaler.stream.messages.redis is the master " + RedissonNodes.name(redis));
        }
        return redis;
    }

    private static InvalidConfigurationPropertyValueException refused(String reason) {
        return new InvalidConfigurationPropertyValueException(
                "kubescaler.stream.source",
                "redis",
                "Published messages need a Redis of their own, which is no master of the locks, " + reason + ".");
    }

    /**
     * Connects, if there is no connection yet. A master may answer later, so this is to be called again and again.
     *
     * @throws RedisException if Redis does not answer
     * @throws InvalidConfigurationPropertyValueException if it is a master under another name
     */
    void connect() {
        String id = runId;
        if (id == null) {
            // With a short call: if a waiting read connected, all other calls would wait for it.
            id = client.getRedisNodes(RedisNodes.SINGLE)
                    .getInstance()
                    .info(InfoSection.SERVER)
                    .get("run_id");
        }
        if (masters.include(id)) {
            runId = null;
            throw refused("but " + address + " is one of the masters under another name");
        }
        runId = id;
    }

    /**
     * An entry of a Redis Stream.
     *
     * @param text the message; null if the entry has no field for it, or is too large
     */
    record Entry(StreamMessageId id, @Nullable String text) {}

    /**
     * How many entries a stream has had.
     *
     * @param number the number of the requested entry
     * @param last the id of the last entry
     */
    record Count(long number, StreamMessageId last) {}

    /** Why Redis failed, for an operator. */
    String words(Throwable failure) {
        return RedisFailure.words(failure, login);
    }

    /** Publishes a text for the profile and returns the id of its entry. */
    CompletionStage<StreamMessageId> add(UUID profile, String text) {
        return call(() -> stream(RedisKeys.messages(profile))
                .addAsync(StreamAddArgs.entry(FIELD, text)
                        .trimNonStrict()
                        .maxLen(kept)
                        .noLimit()));
    }

    /** @param largest bytes of the largest message */
    static int profilesPerRead(long largest) {
        return Math.toIntExact(Math.max(1, LARGEST_READ / (AT_ONCE * largest)));
    }

    /**
     * Returns entries of these streams after the given ones, in order; of many streams, those of some in turns. If there
     * are none, it waits for some, but not forever. Only one thread may call it.
     */
    Map<String, List<Entry>> read(Map<String, StreamMessageId> after) {
        if (after.size() <= profilesPerRead) {
            return entries(StreamMultiReadArgs.greaterThan(lastWake, after)
                    .count(AT_ONCE)
                    .timeout(WAIT));
        }
        List<Map<String, StreamMessageId>> parts = parts(after, profilesPerRead);
        for (int i = 0; i < parts.size(); i++) {
            turn = (turn + 1) % parts.size();
            Map<String, List<Entry>> found = entries(
                    StreamMultiReadArgs.greaterThan(lastWake, parts.get(turn)).count(AT_ONCE));
            if (!found.isEmpty()) {
                return found;
            }
        }
        // Nothing anywhere: Redis answers with the first stream that gets an entry.
        return entries(StreamMultiReadArgs.greaterThan(lastWake, after).count(1).timeout(WAIT));
    }

    static List<Map<String, StreamMessageId>> parts(Map<String, StreamMessageId> after, int size) {
        List<Map<String, StreamMessageId>> parts = new ArrayList<>();
        after.forEach((name, id) -> {
            if (parts.isEmpty() || parts.get(parts.size() - 1).size() == size) {
                parts.add(new HashMap<>());
            }
            parts.get(parts.size() - 1).put(name, id);
        });
        return parts;
    }

    private Map<String, List<Entry>> entries(StreamMultiReadArgs request) {
        Map<String, Map<StreamMessageId, Map<String, String>>> found =
                stream(wakeKey).read(request);
        Map<String, List<Entry>> entries = new HashMap<>();
        found.forEach((name, byId) -> entries.put(
                name,
                byId.entrySet().stream()
                        .map(entry -> new Entry(entry.getKey(), entry.getValue().get(FIELD)))
                        .toList()));
        List<Entry> wakes = entries.remove(wakeKey);
        if (wakes != null) {
            lastWake = wakes.get(wakes.size() - 1).id();
        }
        return entries;
    }

    /** Ends the wait of the current {@link #read}, or of the next one. */
    void wake() {
        call(() -> stream(wakeKey)
                .addAsync(StreamAddArgs.entry(FIELD, "").trim().maxLen(1).noLimit())
                .thenCompose(id -> stream(wakeKey).expireAsync(WAKE_KEPT)));
    }

    /**
     * Counts the entries of a stream. All instances get the same numbers; 0 if the entry has been dropped meanwhile.
     *
     * @param entry the entry whose number is returned; null for the last one
     * @param known the number of an earlier entry, or 0
     */
    CompletionStage<Count> count(String name, @Nullable StreamMessageId entry, long known) {
        return call(() -> client.getScript(StringCodec.INSTANCE)
                        .<List<Object>>evalAsync(
                                RScript.Mode.READ_WRITE,
                                countScript,
                                RScript.ReturnType.LIST,
                                List.of(name, name + ":count"),
                                kept,
                                entry == null ? "" : entry.toString(),
                                known))
                .thenApply(reply -> new Count((Long) reply.get(0), id((String) reply.get(1))));
    }

    @Override
    public void close() {
        client.shutdown();
    }

    private RStream<String, String> stream(String name) {
        return client.getStream(name, StringCodec.INSTANCE);
    }

    /** Fails without a connection, because Redisson's first call blocks its thread. */
    private <T> CompletionStage<T> call(Supplier<CompletionStage<T>> command) {
        return runId != null
                ? command.get()
                : CompletableFuture.failedStage(new RedisConnectionException("There is no connection to Redis yet"));
    }

    private static StreamMessageId id(String text) {
        String[] parts = text.split("-");
        return new StreamMessageId(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }
}
