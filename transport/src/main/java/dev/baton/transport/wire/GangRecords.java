package dev.baton.transport.wire;

/**
 * Orders or events of a cycle that wait to be said in one message, in their order. Single-threaded; allocates nothing
 * once made.
 * <pre>
 *   kind | reservation | a | b | c | d        what a to d are, the kind says; see the schema
 * </pre>
 */
public final class GangRecords {
    private final int[] kinds = new int[GangProxy.RECORDS_MAX];
    private final long[] reservations = new long[GangProxy.RECORDS_MAX];
    private final int[] values = new int[4 * GangProxy.RECORDS_MAX];
    private int count;

    public void add(int kind, long reservation, int a, int b, int c, int d) {
        kinds[count] = kind;
        reservations[count] = reservation;
        values[4 * count] = a;
        values[4 * count + 1] = b;
        values[4 * count + 2] = c;
        values[4 * count + 3] = d;
        count++;
    }

    public boolean isFull() {
        return count == kinds.length;
    }

    public int count() {
        return count;
    }

    public void clear() {
        count = 0;
    }

    int kind(int index) {
        return kinds[index];
    }

    long reservation(int index) {
        return reservations[index];
    }

    int a(int index) {
        return values[4 * index];
    }

    int b(int index) {
        return values[4 * index + 1];
    }

    int c(int index) {
        return values[4 * index + 2];
    }

    int d(int index) {
        return values[4 * index + 3];
    }
}
