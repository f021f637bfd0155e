package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks all states of a {@link ReceiverWorld} in order of the steps to them, each once, until there is no other, the
 * bound is met or an invariant breaks; the path to that is then as short as can be. A state is known by its fingerprint
 * and kept as its predecessor and one step. One thread.
 */
public final class StateSearch {
    private static final int STEPS_MAX = 64;

    private final ReceiverWorld world;
    private final int statesMax;
    private final int[] parents;
    private final byte[] steps;
    private final byte[] depths;
    private final long[] seen;
    private final byte[] enabled = new byte[128];
    private final byte[] path = new byte[STEPS_MAX];
    private final long[] taken = new long[Step.values().length];
    private int stateCount;
    private long transitionCount;
    private long replayedCount;

    /**
     * @param statesMax most states, at least 1
     */
    public StateSearch(Scenario scenario, Defect defect, int statesMax) {
        if (statesMax < 1 || statesMax > 1 << 26) {
            throw new IllegalArgumentException("statesMax must be 1 to " + (1 << 26) + ": statesMax=" + statesMax);
        }
        world = new ReceiverWorld(scenario, defect);
        this.statesMax = statesMax;
        parents = new int[statesMax];
        steps = new byte[statesMax];
        depths = new byte[statesMax];
        seen = new long[Integer.highestOneBit(statesMax) << 2];
    }

    /**
     * What the search saw.
     *
     * @param states      different ones
     * @param transitions steps from one of them, repeated ways to a state included
     * @param replayed    steps made again to get back to a state
     * @param depth       steps to the farthest state
     * @param isComplete  no state was left out
     * @param taken       how often each step was taken, in the order of {@link #stepNames()}
     * @param invariant   that broke, or null
     * @param detail      of it
     * @param path        steps to it
     */
    public record Result(int states, long transitions, long replayed, int depth, boolean isComplete, List<Long> taken,
        String invariant, String detail, List<String> path) {
        public boolean isSound() {
            return invariant == null;
        }
    }

    /** What may happen. */
    public static List<String> stepNames() {
        return Arrays.stream(Step.values()).map(Step::name).toList();
    }

    /** Searches once; a search object is not used again. */
    public Result run() {
        world.reset();
        add(world.fingerprint(), -1, (byte) 0, 0);
        for (int state = 0; state < stateCount && stateCount < statesMax; state++) {
            int depth = replay(state);
            int count = depth == STEPS_MAX ? 0 : world.next(enabled);
            for (int i = 0; i < count && stateCount < statesMax; i++) {
                if (i > 0) {
                    replay(state);
                }
                byte step = enabled[i];
                try {
                    world.perform(step);
                } catch (Broken broken) {
                    path[depth] = step;
                    return result(false, broken, depth + 1);
                }
                transitionCount++;
                taken[step >> 2]++;
                add(world.fingerprint(), state, step, depth + 1);
            }
        }
        return result(stateCount < statesMax, null, 0);
    }

    /** Brings the world to that state; leaves the steps to it in {@link #path}. */
    private int replay(int state) {
        int depth = depths[state];
        int at = state;
        for (int i = depth - 1; i >= 0; i--) {
            path[i] = steps[at];
            at = parents[at];
        }
        world.reset();
        for (int i = 0; i < depth; i++) {
            world.repeat(path[i]);
        }
        replayedCount += depth;
        return depth;
    }

    private void add(long fingerprint, int parent, byte step, int depth) {
        int mask = seen.length - 1;
        int at = (int) (fingerprint >>> 20) & mask;
        while (seen[at] != 0) {
            if (seen[at] == fingerprint) {
                return;
            }
            at = at + 1 & mask;
        }
        seen[at] = fingerprint;
        parents[stateCount] = parent;
        steps[stateCount] = step;
        depths[stateCount] = (byte) depth;
        stateCount++;
    }

    private Result result(boolean isComplete, Broken broken, int pathLength) {
        List<String> way = new ArrayList<>();
        for (byte step : Arrays.copyOf(path, pathLength)) {
            way.add(Step.describe(step));
        }
        return new Result(stateCount, transitionCount, replayedCount, depths[stateCount - 1], isComplete,
            Arrays.stream(taken).boxed().toList(),
            broken == null ? null : broken.invariant(), broken == null ? "" : broken.getMessage(), way);
    }
}
