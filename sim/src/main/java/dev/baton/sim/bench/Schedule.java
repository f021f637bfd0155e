package dev.baton.sim.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What a transport bench measures: groups, each of a few trials that are compared with each other and so run
 * interleaved. Immutable.
 */
public record Schedule(List<Group> groups) {
    /** Share of its limit that a path is to reach. */
    public static final double TARGET = 0.9;
    /** From here on the targets hold: the size that they are stated for. */
    private static final int SHM_TARGET_BYTES = 32 << 20;

    /**
     * {@code numerator} over {@code denominator}, by index in the group's trials; {@code target} NaN where none is set.
     */
    public record Ratio(int numerator, int denominator, double target) {}

    /** Trials that run round after round, over one open transport. */
    public record Group(String scheme, List<Trial> trials, List<Ratio> ratios) {}

    /**
     * Every scheme at every size, window and number of streams, with its limits; and at one message at a time, for its
     * latency.
     */
    public static Schedule of(List<String> schemes, List<Integer> sizes, List<Integer> windows, List<Integer> streams,
        long setBytes) {
        List<Group> groups = new ArrayList<>();
        for (String scheme : schemes) {
            for (int streamCount : streams) {
                for (int size : sizes) {
                    groups.add(group(scheme, size, windows, streamCount, setBytes));
                }
            }
        }
        return new Schedule(List.copyOf(groups));
    }

    private static Group group(String scheme, int size, List<Integer> windows, int streams, long setBytes) {
        List<Trial> trials = new ArrayList<>();
        List<Ratio> ratios = new ArrayList<>();
        boolean isShm = scheme.equals("shm");
        int slots = new Trial(Way.LINK, size, 1, streams).slots(setBytes);
        for (int window : windows) {
            int fitting = Math.min(window, slots);
            int link = add(trials, new Trial(Way.LINK, size, fitting, streams));
            int same = add(trials, new Trial(isShm ? Way.BARE : Way.SOCKET_CRC, size, fitting, streams));
            boolean isTarget = fitting > 1 && (isShm ? size >= SHM_TARGET_BYTES : scheme.equals("tcp"));
            ratios.add(new Ratio(link, same, isTarget ? TARGET : Double.NaN));
            if (isShm) {
                ratios.add(new Ratio(link, add(trials, new Trial(Way.COPY_PAST_CACHES, size, 1, streams)), Double.NaN));
                ratios.add(new Ratio(link, add(trials, new Trial(Way.COPY_ORDINARY, size, 1, streams)), Double.NaN));
            } else {
                ratios.add(new Ratio(link, add(trials, new Trial(Way.SOCKET, size, fitting, streams)), Double.NaN));
            }
        }
        add(trials, new Trial(Way.LINK, size, 1, streams));
        return new Group(scheme, List.copyOf(trials), List.copyOf(ratios));
    }

    private static int add(List<Trial> trials, Trial trial) {
        if (!trials.contains(trial)) {
            trials.add(trial);
        }
        return trials.indexOf(trial);
    }

    public int trialCount() {
        return groups.stream().mapToInt(group -> group.trials().size()).sum();
    }
}
