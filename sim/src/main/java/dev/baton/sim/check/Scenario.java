package dev.baton.sim.check;

import java.util.List;

/**
 * How much may happen in one search.
 *
 * @param isOneSided  the sender stores into the memory itself, as on shm; else data agents copy, as on tcp and aeron
 * @param handoffs    1, of two cells; or 2, the other of one cell, with memory for either
 * @param ticksMax    steps of time; drain and fence take one each, other bounds two to four
 * @param lossesMax   lost sessions and killed senders, 0 or 1
 * @param endsMax     ABORT of a sender or CANCEL of anybody
 * @param corruptMax  cells that land with wrong bytes
 * @param isRepeating whether RESERVE comes again, and RENEW comes
 */
public record Scenario(String name, boolean isOneSided, int handoffs, int ticksMax, int lossesMax, int endsMax,
    int corruptMax, boolean isRepeating) {
    /** Those of the command: one handoff in all its orders, then two that compete. */
    public static final List<Scenario> ALL = List.of(
        new Scenario("one-sided", true, 1, 5, 1, 1, 1, true),
        new Scenario("two-sided", false, 1, 5, 1, 1, 3, true),
        new Scenario("two compete, one-sided", true, 2, 3, 1, 1, 0, false),
        new Scenario("two compete, two-sided", false, 2, 3, 1, 1, 1, false));
}
