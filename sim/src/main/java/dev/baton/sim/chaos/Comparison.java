package dev.baton.sim.chaos;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;

/** Compares every byte that an engine may read, where it lies, with what was prefilled. */
final class Comparison {
    private Comparison() {}

    static void requireRight(Plan plan, ReadyHandoff ready, Attempt attempt, String when) {
        for (ReadyBlocks held : ready.held()) {
            requireRight(plan, held, attempt, when);
        }
        requireRight(plan, ready.landed(), attempt, when);
    }

    static void requireRight(Plan plan, ReadyBlocks blocks, Attempt attempt, String when) {
        CellMap map = blocks.map();
        for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
            long seed = attempt.request.seedOf(plan.seed, map.block(cell), attempt.number);
            long lengthBytes = blocks.isHere(cell) ? map.lengthBytes(cell) : 0;   // others are read elsewhere, or by nobody
            long from = 0;
            while (from < lengthBytes) {
                long piece = blocks.contiguousBytes(cell, from);
                long address = blocks.address(cell, from);
                if (KvPattern.mismatches(address, map, cell, from, piece, seed) > 0) {
                    long at = KvPattern.firstMismatch(address, map, cell, from, piece, seed);
                    throw new Violation("release".equals(when) ? "S2" : plan.whose(address, map, cell, from, piece, attempt.request),
                        "wrong bytes at " + when + ": " + attempt + " " + KvPattern.describe(map, cell, at));
                }
                from += piece;
            }
        }
    }
}
