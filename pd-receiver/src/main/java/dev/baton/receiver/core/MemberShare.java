package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.wire.GangProxy;

/** What lies at a member of one of its leader's reservations. Control agent's thread. */
final class MemberShare implements Fenced {
    /** Blocks that an earlier handoff landed, by the map of that. */
    record Held(CellMap map, RunMap runs, int first, int end, int groups) {}

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
    private final ReadyClaim claim = new ReadyClaim();
    private final List<Held> held = new ArrayList<>();
    private List<BlockKey> keys = List.of();
    private int revokesAwaited;
    private boolean isRevoked;
    private boolean isRevokedTold;
    private boolean isReading;
    private EndReason endReason = EndReason.LEADER_LOST;
    private long askAtNs;
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

    /** Nobody wants what the engine here reads. */
    void cancelled(DecodeEvents engine) {
        if (isReading) {
            engine.onCancelled(handoff);
        }
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

    /** Whether what an order of that kind names is there: parts, cells, blocks. */
    boolean has(int kind, int a, int b) {
        return switch (kind) {
            case GangProxy.LINE -> a >= 0 && a < parts.length && isHere(b);
            case GangProxy.REOPEN -> isHere(a);
            case GangProxy.DRAINED -> a >= 0 && a < parts.length;
            case GangProxy.RECHECK -> isRevoked && a >= 0 && a <= map.blockCount();
            default -> true;
        };
    }

    /** Of a shard whose memory is here: data agents look for others outside of what they have. */
    private boolean isHere(int cell) {
        return cell >= 0 && cell < map.cellCount() && runs.runCount(map.targetShard(cell)) > 0;
    }

    /** The lane here that carries that cell. */
    int laneOf(LandingZone zone, int cell) {
        return zone.laneOf(map.targetShard(cell), map.block(cell));
    }

    RunMap runs() {
        return runs;
    }

    SourceParts sources() {
        return sources;
    }

    /** Names of the leading whole blocks. */
    void keys(List<BlockKey> value) {
        keys = value;
    }

    /** These were not sent; in the prompt's order. */
    void held(Held blocks) {
        held.add(blocks);
    }

    /** As the engine here reads it. */
    ReadyHandoff ready(SlabPool pool, int computedTokens, long nowNs) {
        List<ReadyBlocks> before = new ArrayList<>(held.size());
        for (Held blocks : held) {
            before.add(new ReadyBlocks(blocks.map(), blocks.runs(), pool, blocks.first(), blocks.end(), blocks.groups()));
        }
        return new ReadyHandoff(claim, reservation.counter(), handoff,
            new ReadyBlocks(map, runs, pool, map.firstBlock(), map.blockCount()), before, keys, new byte[1][0], computedTokens,
            openedNs, openedNs, nowNs, nowNs);
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

    /** The engine here is gone: who has not taken it by now takes it no more. */
    void left() {
        claim.end();
    }

    /** Delivered, and its engine has not released it. */
    boolean isReading() {
        return isReading;
    }

    /** Why it ended, as the leader said; LEADER_LOST unless it did. */
    EndReason endReason() {
        return endReason;
    }

    void endReason(EndReason value) {
        endReason = value;
    }

    /** When its senders are asked, once it is revoked, to say that they write no more. */
    long askAtNs() {
        return askAtNs;
    }

    void askAtNs(long value) {
        askAtNs = value;
    }

    /** True the first time: the engine here hears once what became of it. */
    boolean tellEndOnce() {
        boolean isFirst = !isEndTold;
        isEndTold = true;
        return isFirst;
    }
}
