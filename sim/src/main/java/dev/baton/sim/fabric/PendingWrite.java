package dev.baton.sim.fabric;

import dev.baton.transport.Placement;

/** A one-sided write on its way: who sent it, where it goes, and its bytes when it was taken in. */
public final class PendingWrite {
    private final SimProcess from;
    private final long targetIncarnation;
    private final long sessionId;
    private final long reservation;
    private final int generation;
    private final int cell;
    private final int slab;
    private final long slabOffset;
    private final byte[] bytes;
    private final long source;
    private final long position;

    PendingWrite(SimProcess from, long targetIncarnation, Placement placement, long sessionId, byte[] bytes, long source,
        long position) {
        this.from = from;
        this.targetIncarnation = targetIncarnation;
        this.sessionId = sessionId;
        this.reservation = placement.reservation();
        this.generation = placement.generation();
        this.cell = placement.cell();
        this.slab = placement.slab();
        this.slabOffset = placement.slabOffset();
        this.bytes = bytes;
        this.source = source;
        this.position = position;
    }

    public SimProcess from() {
        return from;
    }

    public long targetIncarnation() {
        return targetIncarnation;
    }

    public long sessionId() {
        return sessionId;
    }

    public long reservation() {
        return reservation;
    }

    public int generation() {
        return generation;
    }

    public int cell() {
        return cell;
    }

    public int slab() {
        return slab;
    }

    public long slabOffset() {
        return slabOffset;
    }

    public int lengthBytes() {
        return bytes.length;
    }

    /** Address that the bytes were taken from. */
    public long source() {
        return source;
    }

    byte[] bytes() {
        return bytes;
    }

    long position() {
        return position;
    }

    @Override
    public String toString() {
        return "from=" + from + " reservation=" + reservation + " generation=" + generation + " session=" +
            Long.toHexString(sessionId) + " cell=" + cell + " slab=" + slab + " slabOffset=" + slabOffset +
            " lengthBytes=" + bytes.length;
    }
}
