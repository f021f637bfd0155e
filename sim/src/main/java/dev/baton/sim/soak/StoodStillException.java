package dev.baton.sim.soak;

import java.io.IOException;

/**
 * Some requests were not delivered, and all of those ended as STALLED: a node did not run for a second and fenced itself, as it must. Or what was done took
 * longer than it may. On a machine that gives its time to others that says nothing of the fault that was done; so it is done again, a bounded number of times,
 * and counted.
 */
final class StoodStillException extends IOException {
    private static final long serialVersionUID = 1;

    StoodStillException(String message) {
        super(message);
    }
}
