package io.kubescaler.load;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A load and its cost. Megabytes and gigabytes are powers of ten. Bytes are those that clients received.
 *
 * @param asked requested streams
 * @param streams streams open at the end
 * @param refused streams answered with another status than 200, by status
 * @param failed streams without an answer
 * @param closedEarly streams ended by the server
 * @param stalled open streams whose client stopped reading
 * @param seconds the measured time; rates, messages and costs are of this time
 * @param lowestStream megabytes per second of the slowest stream with a client that did not stop reading
 * @param lost messages missing at the clients, by their numbers
 * @param firstByteMillis from connecting to the first byte of the answer
 */
record Report(
        int asked,
        int streams,
        Map<Integer, Long> refused,
        long failed,
        long closedEarly,
        long stalled,
        double seconds,
        double megabytesPerSecond,
        double lowestStream,
        long messages,
        long lost,
        @Nullable Percentiles firstByteMillis,
        @Nullable Server server) {

    record Percentiles(double p50, double p90, double p99, double max) {

        /** Needs at least one value. */
        static Percentiles of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            return new Percentiles(at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99), at(sorted, 1));
        }

        private static double at(double[] sorted, double share) {
            return sorted[(int) Math.ceil(share * sorted.length) - 1];
        }
    }

    /**
     * The cost for the server processes.
     *
     * @param residentMegabytesBefore before the first stream
     */
    record Server(
            List<Long> pids,
            double cpuSeconds,
            double cpuSecondsPerGigabyte,
            double residentMegabytes,
            double residentMegabytesBefore) {}
}
