package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.List;

/**
 * Liveness from one state: from here on nothing fails, everybody does what there is to do, and time passes when there
 * is nothing. In the end both engines know how it ended and all memory is back (L1, L2, L6).
 */
final class Healing {
    private static final int TICKS_MAX = 40;
    private static final int STEPS_MAX = 1_000;

    private static final List<Step> FAIR = List.of(Step.RESUME, Step.RECEIVER_HEARS, Step.SENDER_HEARS,
        Step.RECEIVER_NOTICES, Step.SENDER_NOTICES, Step.STOPPED, Step.REVOKED, Step.LAND, Step.QUIET, Step.DIAL,
        Step.PREFILL, Step.POST, Step.MARK, Step.VERIFY, Step.TAKE, Step.RELEASE, Step.WANT, Step.TICK);

    private final PairWorld world;
    private final byte[] way = new byte[STEPS_MAX];
    private int wayLength;

    Healing(PairWorld world) {
        this.world = world;
    }

    /** @throws Broken if it does not come to an end, or breaks an invariant on the way */
    void run() {
        wayLength = 0;
        world.heal();
        int ticks = 0;
        for (int i = 0; i < STEPS_MAX && ticks < TICKS_MAX && !world.isHealed(); i++) {
            byte step = next();
            ticks += Step.step(step) == Step.TICK ? 1 : 0;
            way[wayLength++] = step;
            world.perform(step);
        }
        if (!world.isHealed()) {
            throw new Broken("L1", "it never ends though nothing fails any more:" + world.unhealed());
        }
    }

    /** The steps of the last run. */
    List<String> way() {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < wayLength; i++) {
            words.add("then " + Step.describe(way[i]));
        }
        return words;
    }

    private byte next() {
        for (Step step : FAIR) {
            for (int handoff = 0; handoff < (step.isOfHandoff() ? world.views.length : 1); handoff++) {
                if (world.mayHappen(step, world.views[handoff])) {
                    return step.of(handoff);
                }
            }
        }
        throw new IllegalStateException("time always passes");
    }
}
