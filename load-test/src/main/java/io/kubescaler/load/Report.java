package io.kubescaler.load;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a load was, and what it cost. Megabytes and gigabytes are powers of ten, and bytes are those that arrived at the
 * clients.
 *
 * @param asked streams that were asked for
 * @param streams those that lived at the end
 * @param refused those that got another answer than 200, by its status
 * @param failed those that got no answer
 * @param closedEarly those that the server ended
 * @param stalled those of the living whose client had stopped reading
 * @param seconds how long was measured; rates, messages and costs are of this time
 * @param lowestStream megabytes a second of the slowest stream whose client read all the time
 * @param lost messages that clients saw to be missing, by their numbers
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

        /** Of at least one value. */
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
     * What the processes of the servers took.
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
