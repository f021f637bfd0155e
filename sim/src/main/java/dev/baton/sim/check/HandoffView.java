package dev.baton.sim.check;

import dev.baton.transport.wire.OutcomeKind;

/**
 * What the world around the core knows of one handoff: its sender, its data agent, and the writes that are under way.
 * Sets of cells are bits.
 */
final class HandoffView {
    final int index;
    final int cellCount;
    int reserves;
    int binds;
    int renews;
    int grantedOn;
    CheckSession boundOn;
    long reservation;
    long tokenHigh;
    long tokenLow;
    boolean hasAddresses;
    int slot;
    int generation;
    int slab;
    final int[] extents = new int[2];
    int round;
    int toSend;
    int posted;
    int pending;
    int landed;
    int lined;
    int judged;
    int verified;
    int nacked;
    boolean hasLines;
    boolean hasMark;
    boolean hasFin;
    boolean isAborting;
    boolean heardAbort;
    boolean saidDrained;
    boolean isRevoked;
    boolean isStopped;
    boolean isCancelled;
    int readyCount;
    boolean isTaken;
    int engineEndings;
    int outcomes;
    OutcomeKind outcome;

    HandoffView(int index, int cellCount) {
        this.index = index;
        this.cellCount = cellCount;
    }

    int all() {
        return (1 << cellCount) - 1;
    }

    void clear() {
        reserves = 0;
        binds = 0;
        renews = 0;
        engineEndings = 0;
        outcomes = 0;
        outcome = null;
        readyCount = 0;
        isTaken = false;
        isCancelled = false;
        ungranted();
    }

    /** No reservation yet, or none any more that its sender knows of. */
    void ungranted() {
        grantedOn = -1;
        boundOn = null;
        reservation = 0;
        hasAddresses = false;
        slot = -1;
        generation = 0;
        round = 1;
        toSend = all();
        posted = 0;
        pending = 0;
        landed = 0;
        lined = 0;
        judged = 0;
        verified = 0;
        nacked = 0;
        hasLines = false;
        hasMark = false;
        hasFin = false;
        isAborting = false;
        heardAbort = false;
        saidDrained = false;
        isRevoked = false;
        isStopped = false;
    }

    /** The sender begins to send the cells of a NACK again. */
    void nextRound() {
        round++;
        toSend = nacked;
        posted = 0;
        nacked = 0;
        hasLines = false;
        hasMark = false;
        hasFin = false;
    }

    void addTo(Mix mix) {
        mix.add(reserves | binds << 2 | renews << 4 | (grantedOn + 1) << 6 | round << 10 | toSend << 14 | posted << 16
            | pending << 18 | landed << 20 | lined << 22 | judged << 24 | verified << 26 | nacked << 28);
        mix.add(bit(hasLines, 0) | bit(hasMark, 1) | bit(hasFin, 2) | bit(isAborting, 3) | bit(heardAbort, 4)
            | bit(saidDrained, 5) | bit(isRevoked, 6) | bit(isStopped, 7) | bit(isCancelled, 8) | bit(isTaken, 9)
            | bit(hasAddresses, 10) | bit(reservation != 0, 11) | bit(slot >= 0, 12) | readyCount << 13
            | engineEndings << 15 | outcomes << 17 | (outcome == null ? 0 : outcome.value() + 1) << 20);
    }

    private static int bit(boolean isSet, int place) {
        return isSet ? 1 << place : 0;
    }

    /** No write is under way, but for those of that session; null: none at all. */
    static boolean areQuiet(HandoffView[] views, CheckSession but) {
        for (HandoffView view : views) {
            if (view.pending != 0 && (but == null || view.boundOn != but)) {
                return false;
            }
        }
        return true;
    }
}
