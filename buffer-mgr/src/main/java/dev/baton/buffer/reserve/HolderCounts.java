package dev.baton.buffer.reserve;

import java.util.Arrays;

/** How many hold each SEALED extent: one int an index of {@link ExtentIndex}. One owner, no locks. */
final class HolderCounts {
    private final int[] holders;

    HolderCounts(int indexCount) {
        holders = new int[indexCount];
    }

    int at(int index) {
        return holders[index];
    }

    /** The first of them whose holders are none, or {@code end}. */
    int nextIdle(int from, int end) {
        int at = from;
        while (at < end && holders[at] != 0) {
            at++;
        }
        return at;
    }

    /** The first of them that somebody holds, or {@code end}. */
    int nextHeld(int from, int end) {
        int at = from;
        while (at < end && holders[at] == 0) {
            at++;
        }
        return at;
    }

    /** End of the stretch from {@code at} whose extents all have as many holders as it. */
    int samePopulation(int at, int end) {
        int next = at + 1;
        while (next < end && holders[next] == holders[at]) {
            next++;
        }
        return next;
    }

    int idleCount(int from, int end) {
        int idle = 0;
        for (int at = from; at < end; at++) {
            idle += holders[at] == 0 ? 1 : 0;
        }
        return idle;
    }

    void fill(int from, int end, int count) {
        Arrays.fill(holders, from, end, count);
    }

    void add(int from, int end, int change) {
        for (int at = from; at < end; at++) {
            holders[at] += change;
        }
    }

    long bookkeepingBytes() {
        return 16 + 4L * holders.length;
    }
}
