package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.HandoffId;

/**
 * A request whose KV lies here, whole and verified: what a decode engine reads. Immutable; any thread may read it
 * between take and release, and nobody after. Cells lie in target order; one cell may lie in several runs of extents.
 */
public final class ReadyHandoff {
    private final ReadyClaim claim;
    private final long handle;
    private final HandoffId handoffId;
    private final CellMap map;
    private final RunMap runs;
    private final SlabPool pool;
    private final byte[][] auxOfPart;
    private final int computedTokens;
    private final long[] stampsNs;

    ReadyHandoff(ReadyClaim claim, long handle, HandoffId handoffId, CellMap map, RunMap runs, SlabPool pool, byte[][] auxOfPart,
        int computedTokens, long... stampsNs) {
        this.claim = claim;
        this.handle = handle;
        this.handoffId = handoffId;
        this.map = map;
        this.runs = runs;
        this.pool = pool;
        this.auxOfPart = auxOfPart;
        this.computedTokens = computedTokens;
        this.stampsNs = stampsNs;
    }

    /**
     * The engine takes it, unless it has ended: the answer stands, so the engine may read at once, or not at all. Part of
     * {@code DecodeReceiver.take}, which tells the receiver.
     */
    public boolean take() {
        return claim.take();
    }

    /** What release is told. */
    public long handle() {
        return handle;
    }

    public HandoffId handoffId() {
        return handoffId;
    }

    public CellMap map() {
        return map;
    }

    /** Tokens that the prefill side says it computed. */
    public int computedTokens() {
        return computedTokens;
    }

    /**
     * Opaque bytes from the prefill engine: first token, log probabilities, draft tokens; of several sending processes
     * those of the first. Not copied: do not change them.
     */
    @SuppressWarnings("EffectivelyPrivate")
    public byte[] aux() {
        return auxOfPart[0];
    }

    /** Sending processes that brought it. */
    public int partCount() {
        return auxOfPart.length;
    }

    /** Opaque bytes of that sending process; empty if it sent none. Not copied: do not change them. */
    @SuppressWarnings("EffectivelyPrivate")
    public byte[] aux(int part) {
        return auxOfPart[part];
    }

    /** Whether the cell lies in this process; other shards' cells lie with other members of the gang. */
    public boolean isHere(int cell) {
        return pool.hasShard(map.targetShard(cell));
    }

    /** Address of a byte of a cell that is here. */
    public long address(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        int run = runs.runAt(shard, linear);
        return pool.address(runs.slab(shard, run), 0) + runs.slabOffset(shard, run, linear);
    }

    /** Bytes of the cell that lie in a row from that offset. */
    public long contiguousBytes(int cell, long cellOffset) {
        int shard = map.targetShard(cell);
        long linear = map.targetOffset(cell) + cellOffset;
        return Math.min(map.lengthBytes(cell) - cellOffset, runs.bytesToRunEnd(shard, runs.runAt(shard, linear),
            linear));
    }

    /** Nanoseconds that RESERVE waited for its grant. */
    public long admissionNs() {
        return stampsNs[1] - stampsNs[0];
    }

    /** Nanoseconds from the grant to FIN: prefill and wire, overlapped. */
    public long wireNs() {
        return stampsNs[2] - stampsNs[1];
    }

    /** Nanoseconds from FIN to READY: what was left to verify when the last chunk had been sent. */
    public long verifyNs() {
        return stampsNs[3] - stampsNs[2];
    }

    /** When it became ready, on this process's monotonic clock. */
    public long readyNs() {
        return stampsNs[3];
    }
}
