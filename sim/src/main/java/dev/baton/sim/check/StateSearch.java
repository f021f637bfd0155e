package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Walks all states of a {@link PairWorld} in order of the steps to them, each once, until there is no other, the bound
 * is met or an invariant breaks; the path to that is then as short as can be. A state is known by its fingerprint and
 * kept as its predecessor and one step. Those that come next are kept whole, too, until all steps from them are done; to
 * others the way is walked again from the beginning. One thread.
 */
public final class StateSearch {
    private static final int STEPS_MAX = 120;
    /** From one state in so many everything must heal, and from each that has no step but faults and time. */
    private static final int HEALED_ONE_IN = 32;
    private static final int TOLD_AT_ONCE = 256;
    private static final byte NO_STEP = -1;
    /** States ahead that are kept whole. */
    private static final int AHEAD_MAX = 1 << 16;

    private final PairWorld world;
    private final HeapWalk walk;
    private final Healing healing;
    private final int statesMax;
    private final int[] parents;
    private final byte[] steps;
    private final byte[] depths;
    private final long[] seen;
    /** By state modulo their number; null where it is not kept. */
    private final KeptPart[][] ahead;
    private final WorldImage scratch;
    /** The state whose steps are made. */
    private final WorldImage here;
    private final WorldImage first;
    private final byte[] path = new byte[STEPS_MAX + 1];
    private final long[] taken = new long[Step.ALL.size()];
    private int stateCount;
    private int toldCount;
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
        here = new WorldImage(walk.partCount());
        first = new WorldImage(walk.partCount());
        walk.save(first);
        ahead = new KeptPart[Math.min(AHEAD_MAX, Integer.highestOneBit(statesMax) << 1)][];
        healing = new Healing(world);
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
        return run(more -> { });
    }

    /**
     * As above.
     *
     * @param found is told now and then how many states came since
     */
    public Result run(LongConsumer found) {
        Result result = search(found);
        found.accept(stateCount - toldCount);
        return result;
    }

    private Result search(LongConsumer found) {
        add(first.fingerprint(), -1, (byte) 0, 0);
        byte[] enabled = new byte[2 * Step.ALL.size()];
        boolean isCut = false;
        for (int state = 0; state < stateCount && stateCount < statesMax; state++) {
            if (stateCount - toldCount >= TOLD_AT_ONCE) {
                found.accept(stateCount - toldCount);
                toldCount = stateCount;
            }
            moveTo(state);
            int depth = depths[state];
            int count = world.next(enabled);
            isCut |= depth == STEPS_MAX && count > 0;
            for (int i = 0; i < count && depth < STEPS_MAX && stateCount < statesMax; i++) {
                byte step = enabled[i];
                walk.restore(here);
                try {
                    perform(step);
                } catch (Broken broken) {
                    return result(false, broken, state, step, List.of());
                }
                transitionCount++;
                taken[step >> 1]++;
                walk.save(scratch);
                if (add(scratch.fingerprint(), state, step, depth + 1)) {
                    keep(stateCount - 1, state);
                }
            }
            if (state % HEALED_ONE_IN == 0 || count <= 1) {
                walk.restore(here);
                walk.touched(PairWorld.ALL);
                try {
                    healing.run();
                } catch (Broken broken) {
                    return result(false, broken, state, NO_STEP, healing.way());
                }
                healedCount++;
            }
        }
        return result(stateCount < statesMax && !isCut, null, 0, NO_STEP, List.of());
    }

    private void keep(int state, int from) {
        if (state - from < ahead.length) {
            ahead[state % ahead.length] = scratch.kept(here);
        }
    }

    private void perform(byte step) {
        walk.touched(world.touched(step));
        world.perform(step);
    }

    /** Brings the world to that state, which is kept no longer. */
    private void moveTo(int state) {
        int place = state % ahead.length;
        KeptPart[] kept = ahead[place];
        ahead[place] = null;
        if (kept != null) {
            walk.read(kept, here);
            walk.restore(here);
            return;
        }
        walk.restore(first);
        int depth = way(state);
        for (int i = 0; i < depth; i++) {
            perform(path[i]);
            repeatedCount++;
        }
        walk.save(scratch);
        walk.read(scratch.kept(first), here);
        walk.isAt(here);
    }

    /** Writes the steps to that state into {@link #path}, and tells how many they are. */
    private int way(int state) {
        int at = state;
        for (int i = depths[state]; i > 0; i--) {
            path[i - 1] = steps[at];
            at = parents[at];
        }
        return depths[state];
    }

    /** False if it was there. */
    private boolean add(long fingerprint, int parent, byte step, int depth) {
        int mask = seen.length - 1;
        int at = (int) (fingerprint >>> 20) & mask;
        while (seen[at] != 0) {
            if (seen[at] == fingerprint) {
                return false;
            }
            at = at + 1 & mask;
        }
        seen[at] = fingerprint;
        parents[stateCount] = parent;
        steps[stateCount] = step;
        depths[stateCount] = (byte) depth;
        stateCount++;
        return true;
    }

    /** @param lastStep from that state, or {@link #NO_STEP} */
    private Result result(boolean isComplete, Broken broken, int state, byte lastStep, List<String> then) {
        List<String> way = new ArrayList<>();
        for (int i = 0, depth = broken == null ? 0 : way(state); i < depth; i++) {
            way.add(Step.describe(path[i]));
        }
        if (lastStep != NO_STEP) {
            way.add(Step.describe(lastStep));
        }
        way.addAll(then);
        return new Result(stateCount, transitionCount, repeatedCount, healedCount, depths[stateCount - 1], isComplete,
            Arrays.stream(taken).boxed().toList(),
            broken == null ? null : broken.invariant(), broken == null ? "" : broken.getMessage(), way);
    }
}
