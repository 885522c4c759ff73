package io.kubescaler.stream.session;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.kubescaler.api.Metrics;
import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.stream.StreamSettings;
import io.kubescaler.stream.StreamSettings.Source;
import io.kubescaler.stream.message.MessagesSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import reactor.core.Disposable;

/** Accepts no more streams than this instance can carry, even if all their clients are slow. */
@Component
class Admission {

    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    /** Heap while its request is being handled; a running stream takes less. */
    private static final long HEAP_BYTES_OF_A_STREAM = 30_000;

    /** Memory outside the heap for a client that has stopped reading, without its messages. */
    private static final long DIRECT_BYTES_OF_A_STREAM = 1_000;

    /** The rest of the memory is for everything else. */
    private static final double SHARE_OF_MEMORY = 0.5;

    /** What the process takes besides its heap and its streams: code, classes, threads. */
    private static final long OTHER_MEMORY = 128L << 20;

    /** The program's own files, and its connections to base, to Redis and to readers of its metrics. */
    private static final int OTHER_FILES = 256;

    private final Sessions sessions;
    private final Semaphore places;
    private final Counter full;
    private final Counter draining;

    Admission(
            Sessions sessions,
            StreamSettings settings,
            MessagesSettings messages,
            LimitSettings limits,
            MeterRegistry metrics) {
        this.sessions = sessions;
        boolean published = settings.source() == Source.REDIS;
        DataSize largest = published ? messages.largest() : settings.messageSize();
        int streams = limits.streams() != null
                ? limits.streams()
                : affordable(
                        Runtime.getRuntime().maxMemory(),
                        PlatformDependent.maxDirectMemory(),
                        memory(),
                        openFiles(),
                        settings.messageSize(),
                        largest,
                        settings.socketBuffer());
        // The rate of published messages is unknown.
        int streamsByBytes = published ? Integer.MAX_VALUE : streamsByBytes(settings, limits);
        String limit = streams <= streamsByBytes ? "streams" : "bytes";
        int most = Math.min(streams, streamsByBytes);
        places = new Semaphore(most);
        Gauge.builder(Metrics.LIMIT, () -> most)
                .description("Streams that this instance accepts")
                .register(metrics);
        full = refused(metrics, limit);
        draining = refused(metrics, "draining");
        log.info("This instance accepts {} streams, limited by {}", most, limit);
    }

    /**
     * Takes a place for a stream.
     *
     * @return gives the place back when disposed
     * @throws Refusal if there is none, or the instance is about to stop
     */
    Disposable enter() {
        if (sessions.draining()) {
            draining.increment();
            throw aboutToStop();
        }
        if (!places.tryAcquire()) {
            full.increment();
            throw Refusal.unavailable(ProblemType.FULL, "This instance carries as many streams as it can.");
        }
        return places::release;
    }

    private static Refusal aboutToStop() {
        Refusal refusal =
                Refusal.unavailable(ProblemType.DRAINING, "This instance is about to stop and takes no new streams.");
        // A proxy that keeps connections must not come back to this instance.
        refusal.getHeaders().setConnection("close");
        return refusal;
    }

    static int streamsByBytes(StreamSettings settings, LimitSettings limits) {
        double bytesPerSecond = settings.messageSize().toBytes()
                * 1e9
                / settings.messageInterval().toNanos();
        int streams = (int) (limits.bytesPerSecond().toBytes() / bytesPerSecond);
        if (streams < 1) {
            throw new IllegalArgumentException(
                    "One stream alone exceeds kubescaler.stream.limits.bytes-per-second, " + limits.bytesPerSecond());
        }
        return streams;
    }

    /**
     * How many streams fit into the memory and the limit of open files; at least one.
     *
     * @param heap bytes of heap
     * @param direct bytes outside the heap
     * @param memory bytes of the machine or the container, which the kernel's buffers need, too
     * @param files how many files this process may have open
     * @param writable how much a connection may hold and still get another message
     * @param largest the largest message
     * @param socketBuffer how much the kernel holds of a connection
     */
    static int affordable(
            long heap,
            long direct,
            long memory,
            long files,
            DataSize writable,
            DataSize largest,
            DataSize socketBuffer) {
        long directOfAStream = DIRECT_BYTES_OF_A_STREAM + writable.toBytes() + largest.toBytes();
        return (int) LongStream.of(
                        (long) (SHARE_OF_MEMORY * heap / HEAP_BYTES_OF_A_STREAM),
                        (long) (SHARE_OF_MEMORY * direct / directOfAStream),
                        Math.max(1, (memory - heap - OTHER_MEMORY) / (directOfAStream + socketBuffer.toBytes())),
                        Math.max(1, files - OTHER_FILES))
                .min()
                .orElseThrow();
    }

    /** Of the container, if it has a limit. */
    static long memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }

    static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
    }

    private static Counter refused(MeterRegistry metrics, String reason) {
        return Counter.builder(Metrics.REFUSED)
                .description("Streams that this instance rejected")
                .tag(Metrics.REASON, reason)
                .register(metrics);
    }
}
