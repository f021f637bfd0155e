package dev.baton.sim.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/** What was measured of one group: for each of its trials, one sample a round. Immutable once made. */
public final class GroupResult {
    private final Schedule.Group group;
    private final List<List<Sample>> samples;

    GroupResult(Schedule.Group group, List<List<Sample>> samples) {
        this.group = group;
        this.samples = samples;
    }

    public Schedule.Group group() {
        return group;
    }

    public MedianInterval bytesPerSecond(int trial) {
        return MedianInterval.of(samples.get(trial).stream().mapToDouble(Sample::bytesPerSecond).toArray());
    }

    /** Of both processes. */
    public double cpuSecondsPerGb(int trial) {
        long bytes = samples.get(trial).stream().mapToLong(Sample::bytes).sum();
        return samples.get(trial).stream().mapToLong(Sample::cpuNs).sum() / (double) bytes;
    }

    /** Of all messages of all rounds, in nanoseconds. */
    public double latencyNs(int trial, double percentile) {
        Histogram all = samples.get(trial).getFirst().latencyNs().copy();
        samples.get(trial).stream().skip(1).forEach(sample -> all.add(sample.latencyNs()));
        return all.getValueAtPercentile(percentile);
    }

    /** Each round's own ratio. */
    public MedianInterval ratio(Schedule.Ratio ratio) {
        double[] ratios = new double[samples.getFirst().size()];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] = samples.get(ratio.numerator()).get(round).bytesPerSecond() /
                samples.get(ratio.denominator()).get(round).bytesPerSecond();
        }
        return MedianInterval.of(ratios);
    }
}
