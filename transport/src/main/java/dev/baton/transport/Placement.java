package dev.baton.transport;

/**
 * Where some bytes of one cell belong at the receiver, and how far they have come. A flyweight: whoever sends, or each
 * lane of an inlet, owns one and fills it again and again; it is never shared between threads.
 * <pre>
 *   cell bytes  [0 .. cellOffset) sent or landed before | [cellOffset .. cellOffset + lengthBytes) this frame | rest
 *   slab bytes  slabOffset is where this frame's first byte lies, counted from the start of that slab
 * </pre>
 * {@code crc} is the running CRC32C of the cell: in, over all bytes before this frame; out, with this frame's bytes
 * included.
 */
public final class Placement {
    private long sessionId;
    private long reservation;
    private int generation;
    private long token;
    private int cell;
    private int slab;
    private long slabOffset;
    private long cellOffset;
    private int lengthBytes;
    private int doneBytes;
    private long address;
    private int crc;
    private int kind;

    /** What stays the same for a whole reservation's part. */
    public Placement reservation(long sessionId, long reservation, int generation, long token) {
        this.sessionId = sessionId;
        this.reservation = reservation;
        this.generation = generation;
        this.token = token;
        return this;
    }

    /** One frame's place. Sets {@link #doneBytes()} back to 0; leaves {@link #crc()} as it is. */
    public Placement place(int cell, long cellOffset, int slab, long slabOffset, int lengthBytes) {
        this.cell = cell;
        this.cellOffset = cellOffset;
        this.slab = slab;
        this.slabOffset = slabOffset;
        this.lengthBytes = lengthBytes;
        this.doneBytes = 0;
        return this;
    }

    /**
     * The connected pair of processes whose lane carries the frame; the receiver knows it from the lane, not from the
     * frame.
     */
    public long sessionId() {
        return sessionId;
    }

    /** The receiver's reservation counter. */
    public long reservation() {
        return reservation;
    }

    public int generation() {
        return generation;
    }

    /** Low half of the part's token. */
    public long token() {
        return token;
    }

    public int cell() {
        return cell;
    }

    public long cellOffset() {
        return cellOffset;
    }

    public int slab() {
        return slab;
    }

    public long slabOffset() {
        return slabOffset;
    }

    public int lengthBytes() {
        return lengthBytes;
    }

    /** Bytes of this frame that have landed; 0 on the sending side. */
    public int doneBytes() {
        return doneBytes;
    }

    public void doneBytes(int value) {
        doneBytes = value;
    }

    /** Receiving side: address of the frame's first byte, set by {@link LandingListener#admit}. */
    public long address() {
        return address;
    }

    public void address(long value) {
        address = value;
    }

    /** Sending side: what the bytes are made of, as {@link dev.baton.memory.RunCodec} numbers it, for lanes that encode. */
    public int kind() {
        return kind;
    }

    public void kind(int value) {
        kind = value;
    }

    public int crc() {
        return crc;
    }

    public void crc(int value) {
        crc = value;
    }
}
