package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/** What lies at a member of one of its leader's reservations. Control agent's thread. */
final class MemberShare implements Fenced {
    private final int slot;
    private final HandoffId handoff;
    private final ReservationId reservation;
    private final int generation;
    private final long tokenHigh;
    private final long tokenLow;
    private final CellMap map;
    private final RunMap runs;
    private final SourceParts sources;
    private final InboundPart[] parts;
    private final long openedNs;
    private int revokesAwaited;
    private boolean isRevoked;
    private boolean isRevokedTold;
    private boolean isReading;
    private boolean isEndTold;

    MemberShare(int slot, HandoffId handoff, ReservationId reservation, int generation, long tokenHigh, long tokenLow,
        CellMap map, RunMap runs, SourceParts sources, InboundPart[] parts, long openedNs) {
        this.slot = slot;
        this.handoff = handoff;
        this.reservation = reservation;
        this.generation = generation;
        this.tokenHigh = tokenHigh;
        this.tokenLow = tokenLow;
        this.map = map;
        this.runs = runs;
        this.sources = sources;
        this.parts = parts;
        this.openedNs = openedNs;
    }

    int slot() {
        return slot;
    }

    HandoffId handoff() {
        return handoff;
    }

    ReservationId reservation() {
        return reservation;
    }

    int generation() {
        return generation;
    }

    /** In a time that tells nothing about where a guess went wrong. */
    boolean isToken(long high, long low) {
        return ((tokenHigh ^ high) | (tokenLow ^ low)) == 0;
    }

    CellMap map() {
        return map;
    }

    RunMap runs() {
        return runs;
    }

    SourceParts sources() {
        return sources;
    }

    long openedNs() {
        return openedNs;
    }

    @Override
    public int partCount() {
        return parts.length;
    }

    @Override
    public InboundPart part(int index) {
        return parts[index];
    }

    void revoked(int agentCount) {
        isRevoked = true;
        revokesAwaited = agentCount;
    }

    boolean isRevoked() {
        return isRevoked;
    }

    void revokedOne() {
        revokesAwaited--;
    }

    @Override
    public boolean isRevokedEverywhere() {
        return isRevoked && revokesAwaited <= 0;
    }

    /** True the first time. */
    boolean tellRevokedOnce() {
        boolean isFirst = !isRevokedTold;
        isRevokedTold = true;
        return isFirst;
    }

    void reading(boolean value) {
        isReading = value;
    }

    /** Delivered, and its engine has not released it. */
    boolean isReading() {
        return isReading;
    }

    /** True the first time: the engine here hears once what became of it. */
    boolean tellEndOnce() {
        boolean isFirst = !isEndTold;
        isEndTold = true;
        return isFirst;
    }
}
