package dev.baton.sim.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures a {@link Schedule}: each group's trials in turn, round after round, every round beginning one trial later,
 * so that a machine which slows down or speeds up does so for all of them. Ratios are taken within a round. One thread.
 */
public final class TransportBench {
    private static final long WARM_UP_NS = 100_000_000L;
    private static final int MESSAGES_MAX = 1 << 20;
    /** Enough for the compiler to have seen each loop: short messages, so that they are soon through. */
    private static final int FIRST_MESSAGES = 20_000;
    private static final int FIRST_SIZE_BYTES = 64 << 10;
    private static final int FIRST_SAMPLES_MAX = 10;

    private final BenchSender sender;
    private final int pairs;
    private final long sampleNs;
    private final Runnable onSample;

    /**
     * Measures with this.
     * @param pairs    rounds
     * @param sampleNs about how long one sample lasts
     * @param onSample called after each sample, for progress
     */
    public TransportBench(BenchSender sender, int pairs, long sampleNs, Runnable onSample) {
        this.sender = sender;
        this.pairs = pairs;
        this.sampleNs = sampleNs;
        this.onSample = onSample;
    }

    /** Groups of one scheme and number of streams share its lanes; lanes that nobody measures are closed. */
    public List<GroupResult> run(Schedule schedule) throws Exception {
        List<GroupResult> results = new ArrayList<>();
        String openNow = "";
        for (Schedule.Group group : schedule.groups()) {
            int streams = group.trials().getFirst().streams();
            String wanted = group.scheme() + " " + streams;
            if (!wanted.equals(openNow)) {
                sender.closeTransport();
                sender.open(group.scheme(), streams);
                openNow = wanted;
                warmUp(group);
            }
            results.add(run(group));
        }
        sender.closeTransport();
        return results;
    }

    private GroupResult run(Schedule.Group group) throws Exception {
        List<Trial> trials = group.trials();
        int[] messageCounts = new int[trials.size()];
        List<List<Sample>> samples = new ArrayList<>();
        for (int i = 0; i < messageCounts.length; i++) {
            messageCounts[i] = messageCount(trials.get(i));
            samples.add(new ArrayList<>());
        }
        for (int round = 0; round < pairs; round++) {
            for (int turn = 0; turn < messageCounts.length; turn++) {
                int trial = (round + turn) % messageCounts.length;
                samples.get(trial).add(sender.run(trials.get(trial), messageCounts[trial]));
                onSample.run();
            }
        }
        return new GroupResult(group, samples);
    }

    /** Runs each way until its code is compiled in both processes, or for some samples' time. */
    private void warmUp(Schedule.Group group) throws Exception {
        for (Way way : group.trials().stream().map(Trial::way).distinct().toList()) {
            Trial one = group.trials().getFirst();
            Trial trial = new Trial(way, Math.min(FIRST_SIZE_BYTES, one.sizeBytes()), one.window(), one.streams());
            long warmNs = 0;
            int step = Math.max(one.window(), FIRST_MESSAGES / FIRST_SAMPLES_MAX);
            for (int count = 0; count < FIRST_MESSAGES && warmNs < FIRST_SAMPLES_MAX * sampleNs; count += step) {
                warmNs += sender.run(trial, step).elapsedNs();
            }
        }
    }

    /** Warms the trial up, and finds how many messages fill a sample. */
    private int messageCount(Trial trial) throws Exception {
        int count = Math.max(2, trial.window());
        Sample tried = sender.run(trial, count);
        for (long warmNs = tried.elapsedNs(); warmNs < Math.min(WARM_UP_NS, sampleNs); warmNs += tried.elapsedNs()) {
            count = Math.min(MESSAGES_MAX, count * 2);
            tried = sender.run(trial, count);
        }
        double wanted = (double) count * sampleNs / tried.elapsedNs();
        return (int) Math.max(Math.max(2, trial.window()), Math.min(MESSAGES_MAX, wanted));
    }
}
