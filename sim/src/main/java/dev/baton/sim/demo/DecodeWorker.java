package dev.baton.sim.demo;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.HandoffId;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Stands in for a decode engine's first step: reads every byte of a request that is ready, and compares it with what
 * prefill must have computed. It knows the pattern, the target layout and where cells lie; it shares nothing with the
 * code that moved them. One thread.
 */
final class DecodeWorker {
    private final DemoSetup setup;
    private final int[] tokens;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private long comparedBytes;
    private long comparingCpuNs;

    /** What a comparison found. */
    record Compared(long bytes, long verifiedBytes, int heldTokens, long mismatches, String firstMismatch) {}

    /**
     * @param tokens of each request, known to both engines apart from Baton: a shorter one that arrives whole is wrong
     * all the same
     */
    DecodeWorker(DemoSetup setup, int[] tokens) {
        this.setup = setup;
        this.tokens = tokens;
    }

    /** The request's number, from its name. */
    static int request(HandoffId id) {
        return Math.toIntExact(id.requestLow());
    }

    /** Compares a request whole: its length, its aux bytes, every byte of every cell. */
    Compared compare(ReadyHandoff handoff) {
        long cpuNs = threads.getCurrentThreadCpuTime();
        HandoffId id = handoff.handoffId();
        int request = request(id);
        long seed = PatternSeed.of(setup.seed(), id.requestHigh(), id.requestLow());
        CellMap map = handoff.map();
        long verified = 0;
        long mismatches = 0;
        String first = "";
        if (map.tokens() != tokens[request] || handoff.computedTokens() != tokens[request] - (setup.isSourceFirst() ? 0 : heldTokens(map))
            || !Arrays.equals(handoff.aux(), setup.aux(request, tokens[request]))) {
            mismatches++;
            first = "request=" + request + " tokens=" + map.tokens() + " computedTokens=" + handoff.computedTokens() +
                " expectedTokens=" + tokens[request] + " auxBytes=" + handoff.aux().length;
        }
        for (ReadyBlocks blocks : Stream.concat(handoff.held().stream(), Stream.of(handoff.landed())).toList()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                CellMap of = blocks.map();
                long cellSeed = PatternSeed.ofBlock(setup.seed(), handoff.keys(), of.block(cell), seed);
                for (long at = blocks.isHere(cell) ? 0 : of.lengthBytes(cell); at < of.lengthBytes(cell);) {
                    long address = blocks.address(cell, at);
                    long pieceBytes = blocks.contiguousBytes(cell, at);
                    long wrong = KvPattern.mismatches(address, of, cell, at, pieceBytes, cellSeed);
                    if (wrong > 0 && first.isEmpty()) {
                        first = "request=" + request + " " +
                            KvPattern.describe(of, cell, KvPattern.firstMismatch(address, of, cell, at, pieceBytes,
                                cellSeed));
                    }
                    mismatches += wrong;
                    verified += pieceBytes;
                    at += pieceBytes;
                }
            }
        }
        comparedBytes += verified;
        comparingCpuNs += threads.getCurrentThreadCpuTime() - cpuNs;
        return new Compared(map.totalBytes() + heldBytes(handoff), verified, heldTokens(map), mismatches, first);
    }

    /** Tokens that lay here when the request came, and were not sent. */
    private static int heldTokens(CellMap map) {
        return map.firstBlock() * map.pairing().targetLayout().blockTokens();
    }

    private static long heldBytes(ReadyHandoff handoff) {
        long bytes = 0;
        for (ReadyBlocks held : handoff.held()) {
            for (int cell = held.firstCell(); cell < held.endCell(); cell++) {
                bytes += held.isHere(cell) ? held.map().lengthBytes(cell) : 0;
            }
        }
        return bytes;
    }

    long comparedBytes() {
        return comparedBytes;
    }

    /** CPU time of comparing them: the check's, not the hand-off's. */
    long comparingCpuNs() {
        return comparingCpuNs;
    }
}
