package dev.baton.receiver.core;

import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.transport.session.HandoffId;

/**
 * A request whose KV lies here, whole and verified: what a decode engine reads. Immutable; any thread may read it
 * between take and release, and nobody after.
 */
public final class ReadyHandoff {
    private final ReadyClaim claim;
    private final long handle;
    private final HandoffId handoffId;
    private final ReadyBlocks landed;
    private final List<ReadyBlocks> held;
    private final List<BlockKey> keys;
    private final byte[][] auxOfPart;
    private final int computedTokens;
    private final long[] stampsNs;

    ReadyHandoff(ReadyClaim claim, long handle, HandoffId handoffId, ReadyBlocks landed, List<ReadyBlocks> held, List<BlockKey> keys,
        byte[][] auxOfPart, int computedTokens, long... stampsNs) {
        this.claim = claim;
        this.handle = handle;
        this.handoffId = handoffId;
        this.landed = landed;
        this.held = List.copyOf(held);
        this.keys = List.copyOf(keys);
        this.auxOfPart = auxOfPart;
        this.computedTokens = computedTokens;
        this.stampsNs = stampsNs;
    }

    /**
     * The engine takes it, unless it has ended: the answer stands, so the engine may read at once, or not at all. Part of
     * {@code DecodeReceiver.take}, which looks whether another engine came, and tells the receiver.
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

    /** Of what was sent: blocks before {@link CellMap#firstBlock()} are {@link #held()}, or the engine has them. */
    public CellMap map() {
        return landed.map();
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

    /** Leading blocks that were here already and were not sent: read by their own maps, in the prompt's order. */
    public List<ReadyBlocks> held() {
        return held;
    }

    /** Names of the leading whole blocks, held ones included, as the sender told them; none if it named none. */
    public List<BlockKey> keys() {
        return keys;
    }

    /** What was sent: all cells of {@link #map()}. */
    public ReadyBlocks landed() {
        return landed;
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
