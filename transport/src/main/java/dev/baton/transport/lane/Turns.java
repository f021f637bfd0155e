package dev.baton.transport.lane;

/** Who is looked at first, of so many: whoever was first is last the next time. For any number of turns. One thread. */
public final class Turns {
    private int first;

    public Turns() {
        this(0);
    }

    Turns(int first) {
        this.first = first;
    }

    /** 0 to {@code count - 1}, or 0 where there are none. */
    public int next(int count) {
        first = count == 0 ? 0 : Math.floorMod(first + 1, count);
        return first;
    }
}
