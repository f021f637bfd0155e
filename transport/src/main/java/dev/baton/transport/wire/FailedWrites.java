package dev.baton.transport.wire;

/**
 * What DRAINED says of one-sided writes that nobody saw completed. Each process of a gang is told of those that went to it, for the others'
 * keep nothing of its own memory in doubt; and whether there were any elsewhere, for then its word is no proof to pass on.
 * <pre>
 *   bit 31       some went to other processes of the gang
 *   bits 30..0   0: none went to this one; else how many there were of that handoff, wherever they went
 * </pre>
 */
public final class FailedWrites {
    private static final int ELSEWHERE = 1 << 31;

    private FailedWrites() {}

    /** As the field holds it, unsigned. */
    public static int of(int here, boolean isElsewhere) {
        return here | (isElsewhere ? ELSEWHERE : 0);
    }

    public static int here(long field) {
        return (int) field & ~ELSEWHERE;
    }

    public static boolean isElsewhere(long field) {
        return ((int) field & ELSEWHERE) != 0;
    }
}
