package dev.baton.sim.bench;

import org.HdrHistogram.Histogram;

/**
 * One measured stretch.
 *
 * @param bytes     moved and, where the way does so, checked
 * @param elapsedNs from the first message begun to the last one checked
 * @param cpuNs     of all threads of both processes meanwhile
 * @param latencyNs of each message: begun by the sender until the sender sees that it was checked
 */
record Sample(long bytes, long elapsedNs, long cpuNs, Histogram latencyNs) {
    double bytesPerSecond() {
        return bytes * 1e9 / elapsedNs;
    }
}
