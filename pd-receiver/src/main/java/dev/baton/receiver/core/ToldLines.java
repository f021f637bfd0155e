package dev.baton.receiver.core;

import java.util.BitSet;

import dev.baton.kv.CellMap;
import dev.baton.transport.session.ManifestDigest;

/**
 * Which of a handoff's cells have a line in the manifest, and what CRC it says: a cell that is asked for again takes its
 * share out of its part's digest. The sender keeps the same. Control agent's thread; from the first line to READY 4 bytes
 * and a bit a cell.
 */
final class ToldLines {
    /** Both null before the first line, and after {@link #drop()}. */
    private BitSet told;
    private int[] crcs;

    boolean has(int cell) {
        return told != null && told.get(cell);
    }

    /** The cell's line, which it had none of. */
    void add(InboundPart part, CellMap map, int cell, int crc) {
        if (told == null) {
            told = new BitSet(map.cellCount());
            crcs = new int[map.cellCount()];
        }
        told.set(cell);
        crcs[cell] = crc;
        int lengthBytes = (int) map.lengthBytes(cell);
        part.line(ManifestDigest.ofLine(cell, lengthBytes, crc), lengthBytes);
    }

    /** The cell comes again, and another line with it. */
    void takeOut(InboundPart part, CellMap map, int cell) {
        if (has(cell)) {
            told.clear(cell);
            int lengthBytes = (int) map.lengthBytes(cell);
            part.lineAgain(ManifestDigest.ofLine(cell, lengthBytes, crcs[cell]), lengthBytes);
        }
    }

    /** Nothing comes again. */
    void drop() {
        told = null;
        crcs = null;
    }
}
