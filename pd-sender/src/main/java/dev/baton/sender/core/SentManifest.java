package dev.baton.sender.core;

import java.util.BitSet;

import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.transport.session.ManifestDigest;

/**
 * What of one part has been sent: its cells, their lengths and CRCs as one digest, the lanes that carried them, and the
 * lines that the receiver has not been told yet. Belongs to the control agent's thread; allocates nothing per cell once
 * its lines have grown.
 */
final class SentManifest {
    private static final int LANES_MAX = Long.SIZE;

    private final CellMap cells;
    private final ManifestLines lines = new ManifestLines();
    private final BitSet done;
    private final int[] crcs;
    private final int[] leftOfBlock;
    private final int[] lastSeqs = new int[LANES_MAX];
    private int left;                // of this round
    private long lanesUsed;          // of this round, a bit per lane
    private long lanesDone;
    private long digest;
    private long bytesSent;

    SentManifest(CellMap cells, PartCells own) {
        this.cells = cells;
        left = own.count();
        done = new BitSet(cells.cellCount());
        crcs = new int[cells.cellCount()];
        leftOfBlock = new int[cells.blockCount()];
        for (int block = cells.firstBlock(); block < cells.blockCount(); block++) {
            leftOfBlock[block] = own.countOfBlock(block);
        }
    }

    /** Notes a cell; again for a resend. Returns whether it was the last of its block to go for the first time. */
    boolean add(int cell, int lengthBytes, int crc, int lane, int seq) {
        boolean isBlockDone = false;
        if (done.get(cell)) {
            digest -= ManifestDigest.ofLine(cell, lengthBytes, crcs[cell]);
        } else {
            done.set(cell);
            bytesSent += lengthBytes;
            isBlockDone = --leftOfBlock[cells.block(cell)] == 0;
        }
        crcs[cell] = crc;
        digest += ManifestDigest.ofLine(cell, lengthBytes, crc);
        lanesUsed |= 1L << lane;
        left--;
        lines.add(cell, lengthBytes, crc, lane, seq);
        return isBlockDone;
    }

    /** The lane's last mark of this round was sent. */
    void laneDone(int lane) {
        lanesDone |= 1L << lane;
    }

    /** The number of the lane's newest mark, of whatever round. */
    void lastSeq(int lane, int seq) {
        lastSeqs[lane] = seq;
    }

    int lastSeq(int lane) {
        return lastSeqs[lane];
    }

    /** Starts a round in which so many cells are sent again. */
    void resend(int cellCount) {
        left = cellCount;
        lanesUsed = 0;
        lanesDone = 0;
    }

    /** Every cell of this round completed, and every lane that carried one is closed. */
    boolean isRoundComplete() {
        return (left == 0 && lanesUsed == lanesDone) || (Canary.FIN_BEFORE_LAST_CELL.isActive() && left == 1);
    }

    boolean isLaneUsed(int lane) {
        return (lanesUsed & 1L << lane) != 0;
    }

    ManifestLines lines() {
        return lines;
    }

    long digest() {
        return digest;
    }

    /** Bytes of all cells sent, resends not counted. */
    long bytesSent() {
        return bytesSent;
    }
}
