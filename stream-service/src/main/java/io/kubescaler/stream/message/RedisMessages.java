package io.kubescaler.stream.message;

import io.kubescaler.api.RedisKeys;
import io.kubescaler.stream.StreamSettings;
import io.kubescaler.stream.message.Publications.Count;
import io.kubescaler.stream.message.Publications.Entry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.client.RedisException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is published for each profile. One thread reads for all streams of this instance; it reads on when the event
 * loops have written what it has read, so what waits, waits in Redis.
 */
@Component
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "redis")
class RedisMessages implements MessageSource {

    private static final Logger log = LoggerFactory.getLogger(RedisMessages.class);

    private static final long PAUSE_MILLIS = 1_000;

    private final Publications publications;
    private final StreamSettings settings;
    private final long largest;
    private final FeedMetrics metrics;
    private final JsonMapper json;
    private final Map<String, Profile> profiles = new ConcurrentHashMap<>();
    private final Thread reader = new Thread(this::read, "message-reader");
    private volatile boolean stopped;
    private volatile boolean failing;

    RedisMessages(
            Publications publications,
            StreamSettings settings,
            MessagesSettings messages,
            FeedMetrics metrics,
            JsonMapper json) {
        this.publications = publications;
        this.settings = settings;
        this.largest = messages.largest().toBytes();
        this.metrics = metrics;
        this.json = json;
        metrics.source(() -> !failing);
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public Feed open(UUID profile) {
        Profile opened = profiles.compute(RedisKeys.messages(profile), (name, known) -> {
            Profile one = known == null ? new Profile() : known;
            one.open++;
            return one;
        });
        if (!opened.found.isDone()) {
            publications.wake();
        }
        return opened.feed;
    }

    @Override
    public void close(UUID profile) {
        profiles.computeIfPresent(RedisKeys.messages(profile), (name, known) -> --known.open == 0 ? null : known);
    }

    /** All streams are ended now. */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        stopped = true;
        reader.interrupt();
    }

    private void read() {
        while (!stopped) {
            try {
                readOnce();
                if (failing) {
                    log.info("The Redis of the messages answers again");
                }
                failing = false;
            } catch (InterruptedException e) {
                return;
            } catch (InvalidConfigurationPropertyValueException e) {
                failing = true;
                log.error("There are no messages until a restart with another setting. {}", e.getReason());
                return;
            } catch (RuntimeException | OutOfMemoryError e) {
                // Netty's own OutOfMemoryError passes by itself.
                if (!failing && !stopped) {
                    log.warn("The Redis of the messages fails: {}", publications.words(e));
                }
                failing = true;
                pause();
            }
        }
    }

    private void readOnce() throws InterruptedException {
        publications.connect();
        Map<String, Profile> now = new HashMap<>(profiles);
        Map<String, CompletableFuture<Count>> ends = new HashMap<>();
        now.forEach((name, profile) -> {
            if (!profile.readable) {
                ends.put(name, publications.count(name, null, profile.sequence).toCompletableFuture());
            }
        });
        ends.forEach((name, end) -> {
            if (!begin(name, now.get(name), end)) {
                now.remove(name);
            }
        });

        Map<String, StreamMessageId> after = new HashMap<>();
        now.forEach((name, profile) -> after.put(name, profile.last));
        Map<String, List<Entry>> published;
        try {
            published = publications.read(after);
        } catch (RuntimeException e) {
            if (!isOfOneProfile(e)) {
                throw e;
            }
            // One key fails the read of all: find out which.
            now.values().forEach(profile -> profile.readable = false);
            if (!ends.isEmpty()) {
                throw e; // the counters did not show it, so the next try is not at once
            }
            return;
        }
        Map<String, CompletableFuture<Count>> counts = new HashMap<>();
        published.forEach((name, entries) -> counts.put(
                name,
                publications
                        .count(name, entries.get(entries.size() - 1).id(), now.get(name).sequence)
                        .toCompletableFuture()));
        for (Map.Entry<String, List<Entry>> entry : published.entrySet()) {
            Profile profile = now.get(entry.getKey());
            try {
                deliver(
                        profile,
                        entry.getValue(),
                        counts.get(entry.getKey()).join().number());
            } catch (CompletionException e) {
                if (!isOfOneProfile(e)) {
                    throw e;
                }
                profile.readable = false; // because of its counter
            }
        }
    }

    /** Returns whether the profile can be read. */
    private static boolean begin(String name, Profile profile, CompletableFuture<Count> end) {
        try {
            profile.begin(end.join());
            return true;
        } catch (CompletionException e) {
            if (!isOfOneProfile(e)) {
                throw e;
            }
            if (!profile.reported) {
                log.warn(
                        "The key {} or its counter cannot be read: its profile gets no messages. {}",
                        name,
                        NestedExceptionUtils.getMostSpecificCause(e).toString());
            }
            profile.reported = true;
            return false;
        }
    }

    /** Whether the keys of one profile are the cause, and not the state of the whole Redis. */
    private static boolean isOfOneProfile(Throwable failure) {
        Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
        if (cause instanceof NumberFormatException) {
            return true; // an id of an entry that is greater than Java's largest long
        }
        String message = String.valueOf(cause.getMessage());
        // Redisson has classes of their own for a lost connection, a slow answer, and a Redis that is full or loading.
        return cause.getClass() == RedisException.class
                && (message.startsWith("ERR ") || message.contains("WRONGTYPE"));
    }

    /** @param number that of the last of these entries; 0 if only those after it show it */
    private void deliver(Profile profile, List<Entry> entries, long number) throws InterruptedException {
        // Numbers never go back, whatever has happened to the count meanwhile.
        long sequence = Math.max(number - entries.size(), profile.sequence);
        for (Entry entry : entries) {
            sequence++;
            String text = entry.text();
            if (text != null && ByteBufUtil.utf8Bytes(text) <= largest) {
                send(profile, sequence, entry.id(), text);
            }
        }
        profile.sequence = sequence;
        profile.last = entries.get(entries.size() - 1).id();
    }

    private void send(Profile profile, long sequence, StreamMessageId id, String text) throws InterruptedException {
        try {
            ByteBuf event = event(sequence, id, text);
            try {
                profile.feed.send(event);
            } finally {
                event.release();
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            // Thrown from here, it would be read again and again, and no profile would get anything else.
            log.error("A message was left out", e);
        }
    }

    private ByteBuf event(long sequence, StreamMessageId id, String text) {
        byte[] data = json.writeValueAsBytes(
                new Message(sequence, settings.instance(), Instant.ofEpochMilli(id.getId0()), text));
        return Outlet.chunk(Event.message(data));
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The data of a message's event; the time is that of its publication. */
    private record Message(long sequence, String instance, Instant timestamp, String message) {}

    /** A profile that has streams here. */
    private final class Profile {

        private final CompletableFuture<Void> found = new CompletableFuture<>();
        private final Feed feed =
                new Feed(settings, metrics, Mono.fromFuture(found, true).timeout(Publications.PATIENCE, Mono.empty()));
        /** How many streams it has here; changed by the map alone. */
        private int open;

        /** What the reader has sent of it. */
        private StreamMessageId last = StreamMessageId.MIN;

        private long sequence;

        private boolean readable;
        private boolean reported;

        /** Goes on after the last message that was sent, or begins after the last that there is. */
        void begin(Count end) {
            if (!found.isDone()) {
                last = end.last();
                sequence = end.number();
                found.complete(null);
            }
            readable = true;
            reported = false;
        }
    }
}
