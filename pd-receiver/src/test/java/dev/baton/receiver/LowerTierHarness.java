package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.core.TierLimits;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;

/** A receiver over a scripted tier, whose requests name their blocks: block {@code key} is full of that byte wherever it lies. */
abstract class LowerTierHarness {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final AdmissionLimits OVERTAKING = new AdmissionLimits(512, Long.MAX_VALUE, 8, TimeUnit.MINUTES.toNanos(1),
        ReceiverRig.MS);
    protected static final TierLimits LIMITS = new TierLimits(TimeUnit.MILLISECONDS.toNanos(50), 64, 32, 2, 16, 4096,
        TimeUnit.SECONDS.toNanos(1), TierAdmission.ALL, TimeUnit.SECONDS.toNanos(2));

    protected final ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.layout("toy", 16 * cellExtents()),
        ReceiverRig.layout("toy", 16 * cellExtents()), OVERTAKING, 0);
    private final int cellBytes = cellExtents() * ReceiverRig.CELL_BYTES;
    protected final ScriptedTier tier = new ScriptedTier();
    protected final TierCounters counters = rig.core.tier(tier, limits());

    protected TierLimits limits() {
        return LIMITS;
    }

    /** A block's cell takes so many of the pool's extents. */
    protected int cellExtents() {
        return 1;
    }

    protected final Ask named(int blocks, long... keys) {
        Ask ask = new Ask();
        ask.fingerprint = ReceiverRig.layout("toy", 16 * cellExtents()).layout().fingerprint();
        ask.tokens = (long) blocks * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        return ask;
    }

    /** Granted by now: landed, each block filled with its key's bytes, taken, compared and released; how many blocks were held. */
    protected final int finished(long request, Ask ask) {
        landed(request, ask);
        int held = readBack(ask);
        assertTrue(rig.core.receiving().take(last().handle()));
        assertTrue(rig.core.receiving().release(last().handle()));
        rig.step(3);
        rig.sender.take();
        return held;
    }

    protected final int handedOff(long request, Ask ask) {
        rig.reserve(request, ask);
        rig.step(6);
        assertEquals("GRANT " + request, rig.sender.take().getLast());
        return finished(request, ask);
    }

    private void landed(long request, Ask ask) {
        ScriptedSender.Grant grant = rig.sender.grants.get(new HandoffId(ask.tenant, 1, request, 0));
        int held = (int) grant.heldTokens() / ReceiverRig.BLOCK_TOKENS;
        int cells = (int) ask.tokens / ReceiverRig.BLOCK_TOKENS - held;
        rig.bind(grant, grant.tokenLow(), "tcp");
        rig.sender.take();
        rig.proxy.chunkBegin(rig.sender.session, grant.reservation(), 0, 1, 0);
        for (int cell = 0; cell < cells; cell++) {
            rig.proxy.chunkLine(cell, cellBytes, ReceiverRig.crcOf(cell), Lanes.laneOf(0, held + cell, RecordingZone.LANES), 1);
        }
        rig.proxy.chunkEnd();
        rig.step(2);
        for (int cell = 0; cell < cells; cell++) {
            if (held + cell < ask.keys.length) {
                for (int extent = cell * cellExtents(); extent < (cell + 1) * cellExtents(); extent++) {
                    long address = rig.address(grant.reservation().counter(), extent);
                    ALL.asSlice(address, ReceiverRig.CELL_BYTES).fill((byte) ask.keys[held + cell]);
                }
            }
        }
        IntStream.range(0, cells).forEach(cell -> rig.verified(grant, cell, cellBytes));
        rig.finAndMarks(grant, 1, cells, cellBytes);
        assertEquals(List.of("READY " + request), rig.sender.take());
    }

    /** As an engine reads it: every byte of every named block is its key's. */
    private int readBack(Ask ask) {
        int held = 0;
        for (ReadyBlocks blocks : last().held()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++, held++) {
                for (int from = 0; from < cellBytes; from += ReceiverRig.CELL_BYTES) {
                    byte[] bytes = new byte[ReceiverRig.CELL_BYTES];
                    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, blocks.address(cell, from), bytes, 0, bytes.length);
                    for (byte each : bytes) {
                        assertEquals((byte) ask.keys[blocks.map().block(cell)], each);
                    }
                }
            }
        }
        return held;
    }

    private ReadyHandoff last() {
        return rig.engine.ready.getLast();
    }

    /** All that was cached has to go. */
    protected final void evictAll(long request) {
        handedOff(request, named(ReceiverRig.EXTENTS / cellExtents()));
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free() + rig.totals().evictable());
    }

    /** Blocks 11 to 14 lie below and not in the pool. */
    protected final void storedAndEvicted() {
        handedOff(1, named(5, 11, 12, 13, 14));
        assertEquals(4, tier.records.size());
        evictAll(2);
    }
}
