package dev.baton.buffer.reserve;

import dev.baton.platform.Require;

/**
 * Slow start: so many grants in the first step, twice as many in each one after, and no bound after the last. A
 * receiver that has just come up, or came back from a drain, is not hit by everyone at once. Pure; one owner.
 */
public final class RampUp {
    private final int firstGrants;
    private final long stepNs;
    private final int steps;
    private int step;
    private int grantsLeft;
    private long stepEndNs;
    private boolean isStarted;

    /** @param steps how often it doubles; 0 is no ramp */
    public RampUp(int firstGrants, long stepNs, int steps) {
        this.firstGrants = Require.between("firstGrants", firstGrants, 1, 1 << 16);
        this.stepNs = Require.atLeast("stepNs", stepNs, 1);
        this.steps = Require.between("steps", steps, 0, 14);
    }

    /** Begins anew with the next question. */
    public void restart() {
        isStarted = false;
    }

    /** Whether one more may be granted now. */
    boolean mayGrant(long nowNs) {
        if (!isStarted) {
            isStarted = true;
            step = 0;
            grantsLeft = firstGrants;
            stepEndNs = nowNs + stepNs;
        }
        while (step < steps && nowNs - stepEndNs >= 0) {
            step++;
            grantsLeft = firstGrants << step;
            stepEndNs += stepNs;
        }
        return step >= steps || grantsLeft > 0;
    }

    void granted() {
        grantsLeft--;
    }
}
