package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks all states of a {@link PairWorld} in order of the steps to them, each once, until there is no other, the bound
 * is met or an invariant breaks; the path to that is then as short as can be. A state is known by its fingerprint and
 * kept as its predecessor and one step. States of the path to the one that is at hand are kept whole, so the next one,
 * which shares most of its path, costs a step or two. One thread.
 */
public final class StateSearch {
    private static final int STEPS_MAX = 120;
    /** From one state in so many everything must heal, and from each that has no step but faults and time. */
    private static final int HEALED_ONE_IN = 32;

    private final PairWorld world;
    private final HeapWalk walk;
    private final Healing healing;
    private final int statesMax;
    private final int[] parents;
    private final byte[] steps;
    private final byte[] depths;
    private final long[] seen;
    private final WorldImage[] images = new WorldImage[STEPS_MAX + 1];
    private final int[] pathStates = new int[STEPS_MAX + 1];
    private final WorldImage scratch;
    private final byte[] path = new byte[STEPS_MAX + 1];
    private final long[] taken = new long[Step.ALL.size()];
    private int pathLength;
    /** The world is elsewhere than where the path ends. */
    private boolean isAway;
    private int stateCount;
    private long transitionCount;
    private long repeatedCount;
    private long healedCount;

    /**
     * @param statesMax most states, at least 1
     */
    public StateSearch(Scenario scenario, Defect defect, int statesMax) {
        if (statesMax < 1 || statesMax > 1 << 26) {
            throw new IllegalArgumentException("statesMax must be 1 to " + (1 << 26) + ": statesMax=" + statesMax);
        }
        world = new PairWorld(scenario, defect);
        walk = new HeapWalk(world, world.ends());
        scratch = new WorldImage(walk.partCount());
        healing = new Healing(world);
        this.statesMax = statesMax;
        parents = new int[statesMax];
        steps = new byte[statesMax];
        depths = new byte[statesMax];
        seen = new long[Integer.highestOneBit(statesMax) << 2];
        for (int i = 0; i < images.length; i++) {
            images[i] = new WorldImage(walk.partCount());
        }
    }

    /**
     * What the search saw.
     *
     * @param states      different ones
     * @param transitions steps from one of them, other ways to a state included
     * @param repeated    steps made again to get back to a state
     * @param healed      states from which everything was seen to end
     * @param depth       steps to the farthest state
     * @param isComplete  no state was left out
     * @param taken       how often each step was taken, in the order of {@link #stepNames()}
     * @param invariant   that broke, or null
     * @param detail      of it
     * @param path        steps to it; those that begin with "then" are fair ones, without faults
     */
    public record Result(int states, long transitions, long repeated, long healed, int depth, boolean isComplete,
        List<Long> taken, String invariant, String detail, List<String> path) {
        public boolean isSound() {
            return invariant == null;
        }
    }

    /** What may happen. */
    public static List<String> stepNames() {
        return Step.ALL.stream().map(Step::name).toList();
    }

    /** Searches once; a search object is not used again. */
    public Result run() {
        walk.save(images[0]);
        add(images[0].fingerprint(), -1, (byte) 0, 0);
        byte[] enabled = new byte[2 * Step.ALL.size()];
        boolean isCut = false;
        for (int state = 0; state < stateCount && stateCount < statesMax; state++) {
            int depth = moveTo(state);
            int count = world.next(enabled);
            isCut |= depth == STEPS_MAX && count > 0;
            for (int i = 0; i < count && depth < STEPS_MAX && stateCount < statesMax; i++) {
                byte step = enabled[i];
                comeBack(depth);
                isAway = true;
                try {
                    perform(step);
                } catch (Broken broken) {
                    path[depth] = step;
                    return result(false, broken, depth + 1, List.of());
                }
                transitionCount++;
                taken[step >> 1]++;
                walk.save(scratch);
                add(scratch.fingerprint(), state, step, depth + 1);
            }
            if (state % HEALED_ONE_IN == 0 || count <= 1) {
                comeBack(depth);
                isAway = true;
                walk.touched(PairWorld.ALL);
                try {
                    healing.run();
                } catch (Broken broken) {
                    return result(false, broken, depth, healing.way());
                }
                healedCount++;
            }
        }
        return result(stateCount < statesMax && !isCut, null, 0, List.of());
    }

    private void perform(byte step) {
        walk.touched(world.touched(step));
        world.perform(step);
    }

    /** Brings the world to that state; leaves the steps to it in {@link #path}, and their states' images. */
    private int moveTo(int state) {
        int depth = depths[state];
        int at = state;
        int shared = depth;
        for (int i = depth; i > 0; i--) {
            if (i > pathLength || pathStates[i] != at) {
                shared = i - 1;
            }
            pathStates[i] = at;
            path[i - 1] = steps[at];
            at = parents[at];
        }
        isAway |= shared < pathLength;
        comeBack(shared);
        for (int i = shared; i < depth; i++) {
            perform(path[i]);
            walk.save(images[i + 1]);
            repeatedCount++;
        }
        pathLength = depth;
        return depth;
    }

    /** To the state of the path that has that depth, if the world is not there. */
    private void comeBack(int depth) {
        if (isAway) {
            walk.restore(images[depth]);
            isAway = false;
        }
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

    private Result result(boolean isComplete, Broken broken, int brokenLength, List<String> then) {
        List<String> way = new ArrayList<>();
        for (byte step : Arrays.copyOf(path, brokenLength)) {
            way.add(Step.describe(step));
        }
        way.addAll(then);
        return new Result(stateCount, transitionCount, repeatedCount, healedCount, depths[stateCount - 1], isComplete,
            Arrays.stream(taken).boxed().toList(),
            broken == null ? null : broken.invariant(), broken == null ? "" : broken.getMessage(), way);
    }
}
