package dev.baton.sender.data;

import java.util.Arrays;

/**
 * Cells that one lane has accepted and that have not completed, in order. Grows to the most that were on their way at
 * once, and allocates nothing after.
 */
final class PendingCells {
    private static final int LENGTH_INITIAL = 16;

    private final int countMax;
    private LaneFeed[] feeds = new LaneFeed[LENGTH_INITIAL];
    private int[] cells = new int[LENGTH_INITIAL];
    private int[] lengths = new int[LENGTH_INITIAL];
    private int[] crcs = new int[LENGTH_INITIAL];
    private int[] seqs = new int[LENGTH_INITIAL];
    private long[] positions = new long[LENGTH_INITIAL];
    private int head;
    private int count;

    /** @param countMax cells at once, a power of two, at least 16 */
    PendingCells(int countMax) {
        this.countMax = countMax;
    }

    boolean hasRoom() {
        return count < countMax;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Notes a cell that the feed has sent whole. */
    void add(LaneFeed feed, int cell, int lengthBytes, int crc, int seq, long position) {
        if (count == feeds.length) {
            grow();
        }
        int at = head + count++ & feeds.length - 1;
        feeds[at] = feed;
        cells[at] = cell;
        lengths[at] = lengthBytes;
        crcs[at] = crc;
        seqs[at] = seq;
        positions[at] = position;
    }

    private void grow() {
        int length = feeds.length;
        feeds = Arrays.copyOf(feeds, length * 2);
        cells = Arrays.copyOf(cells, length * 2);
        lengths = Arrays.copyOf(lengths, length * 2);
        crcs = Arrays.copyOf(crcs, length * 2);
        seqs = Arrays.copyOf(seqs, length * 2);
        positions = Arrays.copyOf(positions, length * 2);
        // What had wrapped around comes behind the rest.
        System.arraycopy(feeds, 0, feeds, length, head);
        System.arraycopy(cells, 0, cells, length, head);
        System.arraycopy(lengths, 0, lengths, length, head);
        System.arraycopy(crcs, 0, crcs, length, head);
        System.arraycopy(seqs, 0, seqs, length, head);
        System.arraycopy(positions, 0, positions, length, head);
        Arrays.fill(feeds, 0, head, null);
    }

    /** Whose the oldest is. */
    LaneFeed feed() {
        return feeds[head];
    }

    /** What the link had accepted in all right after the oldest. */
    long position() {
        return positions[head];
    }

    /** Tells of the oldest; false if there is no room to. */
    boolean tell(AgentMail mail) {
        LaneFeed feed = feeds[head];
        return mail.cellDone(feed.handle(), cells[head], lengths[head], crcs[head], feed.laneNumber(), seqs[head]);
    }

    /** Forgets the oldest. */
    void drop() {
        feeds[head] = null;
        head = head + 1 & feeds.length - 1;
        count--;
    }

    /** None of them completes any more. */
    void fail() {
        while (count > 0) {
            feeds[head].failed();
            drop();
        }
    }
}
