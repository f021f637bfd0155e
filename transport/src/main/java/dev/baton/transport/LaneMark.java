package dev.baton.transport;

/**
 * A mark on a lane: everything that this part wrote to this lane in this round before it has landed when the mark is
 * read. Control may overtake data; a mark cannot. A flyweight, like {@link Placement}.
 */
public final class LaneMark {
    private long sessionId;
    private int lane;
    private long reservation;
    private int generation;
    private int part;
    private int round;
    private int seq;
    private boolean isLast;

    public LaneMark set(long reservation, int generation, int part, int round, int seq, boolean isLast) {
        this.reservation = reservation;
        this.generation = generation;
        this.part = part;
        this.round = round;
        this.seq = seq;
        this.isLast = isLast;
        return this;
    }

    /** Receiving side: the lane that carried it. */
    public LaneMark on(long sessionId, int lane) {
        this.sessionId = sessionId;
        this.lane = lane;
        return this;
    }

    public long sessionId() {
        return sessionId;
    }

    public int lane() {
        return lane;
    }

    public long reservation() {
        return reservation;
    }

    public int generation() {
        return generation;
    }

    public int part() {
        return part;
    }

    public int round() {
        return round;
    }

    /** Counts this part's marks on this lane from 1. */
    public int seq() {
        return seq;
    }

    /** Closes this part's use of the lane for this round. */
    public boolean isLast() {
        return isLast;
    }
}
