package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.core.TierLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;

/** What landed goes down to the tier below, and comes up again for a request that names it, before that is granted. */
class LowerTierTest {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final AdmissionLimits OVERTAKING = new AdmissionLimits(512, Long.MAX_VALUE, 8, TimeUnit.MINUTES.toNanos(1),
        ReceiverRig.MS);
    private static final TierLimits LIMITS = new TierLimits(TimeUnit.MILLISECONDS.toNanos(50), 64, 32, 2, 16, 4096,
        TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(2));

    private final ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, OVERTAKING, 0);
    private final ScriptedTier tier = new ScriptedTier();
    private final TierCounters counters = rig.core.tier(tier, LIMITS);

    private static Ask named(int blocks, long... keys) {
        Ask ask = new Ask();
        ask.tokens = (long) blocks * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        return ask;
    }

    /** Granted by now: landed, each block filled with its key's bytes, taken, compared and released; how many blocks were held. */
    private int finished(long request, Ask ask) {
        landed(request, ask);
        int held = readBack(ask);
        assertTrue(rig.core.receiving().take(last().handle()));
        assertTrue(rig.core.receiving().release(last().handle()));
        rig.step(3);
        rig.sender.take();
        return held;
    }

    private int handedOff(long request, Ask ask) {
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
            rig.proxy.chunkLine(cell, ReceiverRig.CELL_BYTES, ReceiverRig.crcOf(cell), Lanes.laneOf(0, held + cell, RecordingZone.LANES), 1);
        }
        rig.proxy.chunkEnd();
        rig.step(2);
        for (int cell = 0; cell < cells; cell++) {
            if (held + cell < ask.keys.length) {
                long address = rig.address(grant.reservation().counter(), cell);
                ALL.asSlice(address, ReceiverRig.CELL_BYTES).fill((byte) ask.keys[held + cell]);
            }
        }
        IntStream.range(0, cells).forEach(cell -> rig.verified(grant, cell));
        rig.finAndMarks(grant, 1, cells);
        assertEquals(List.of("READY " + request), rig.sender.take());
    }

    /** As an engine reads it: every byte of every named block is its key's. */
    private int readBack(Ask ask) {
        int held = 0;
        for (ReadyBlocks blocks : last().held()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++, held++) {
                byte[] bytes = new byte[ReceiverRig.CELL_BYTES];
                MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, blocks.address(cell, 0), bytes, 0, bytes.length);
                for (byte each : bytes) {
                    assertEquals((byte) ask.keys[blocks.map().block(cell)], each);
                }
            }
        }
        return held;
    }

    private ReadyHandoff last() {
        return rig.engine.ready.getLast();
    }

    /** All that was cached has to go. */
    private void evictAll(long request) {
        handedOff(request, named(ReceiverRig.EXTENTS));
        assertEquals(ReceiverRig.EXTENTS, rig.totals().free() + rig.totals().evictable());
    }

    /** Blocks 11 to 14 lie below and not in the pool. */
    private void storedAndEvicted() {
        handedOff(1, named(5, 11, 12, 13, 14));
        assertEquals(4, tier.records.size());
        evictAll(2);
    }

    @Test
    void shouldFindBelowWhatWasEvicted() {
        try (rig) {
            storedAndEvicted();

            assertEquals(4, handedOff(3, named(5, 11, 12, 13, 14)));

            assertEquals(4, counters.blocksLoaded());
            assertEquals(4, counters.blocksStored());
            assertEquals(0, counters.blocksDropped());
            assertEquals(0, counters.blocksWaiting());
        }
    }

    @Test
    void shouldLoadOnlyWhatIsMissingInThePool() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            handedOff(2, named(6));   // three are free: three of the chain have to go, its end first
            tier.loadsBegun = 0;
            assertEquals(4, handedOff(3, named(5, 11, 12, 13, 14)));
            assertTrue(tier.loadsBegun < 4 && tier.loadsBegun > 0, "loads=" + tier.loadsBegun);
        }
    }

    @Test
    void shouldAskNothingOfTheTierWhereAllLiesHereOrNothingHasAName() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            int before = tier.lookups;
            assertEquals(4, handedOff(2, named(5, 11, 12, 13, 14)));
            handedOff(3, named(3));
            assertEquals(before, tier.lookups);
        }
    }

    @Test
    void shouldNotFindBelowWhatAnotherTenantStored() {
        try (rig) {
            storedAndEvicted();
            Ask other = named(5, 11, 12, 13, 14);
            other.tenant = 10;
            assertEquals(0, handedOff(3, other));
        }
    }

    @Test
    void shouldHoldBackWhileItLoadsAndLetOthersPass() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            assertEquals(List.of("QUEUED 3 position=0"), rig.sender.take());
            assertEquals(4, tier.loadsUnderWay());
            assertEquals(4, rig.totals().owned());

            rig.granted(4, 2);

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(List.of("GRANT 3"), rig.sender.take());
            assertEquals(4, finished(3, named(5, 11, 12, 13, 14)));
        }
    }

    /** A device that comes back after all writes where it was told to: nobody else may have that memory by then. */
    @Test
    void shouldKeepTheMemoryOfALateLoadFromEveryoneUntilItsIoReturns() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(ReservationState.QUEUED, rig.state(3), "five of eight, and four are the late load's");
            assertEquals(4, rig.totals().owned());
            assertEquals(4, counters.extentsLate());
            assertEquals(1, counters.promotionsLate());

            rig.pass(TimeUnit.SECONDS.toNanos(3));
            assertEquals(4, rig.totals().quarantined());
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 3 TOO_BIG_NOW"), "told, and not kept waiting for a device");
            rig.granted(4, 4);

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().quarantined());
            assertEquals(0, counters.extentsLate());
            assertEquals(4, rig.totals().owned());
            finished(4, named(4));
            assertEquals(4, handedOff(5, named(5, 11, 12, 13, 14)));
        }
    }

    @Test
    void shouldGrantWithoutATierThatIsOffOrHasForgotten() {
        try (rig) {
            storedAndEvicted();
            tier.losesAll = true;
            assertEquals(0, handedOff(3, named(5, 11, 12, 13, 14)));
            assertEquals(4, counters.blocksLost());
            tier.isOff = true;
            rig.granted(4, 1);
            assertEquals(0, handedOff(5, named(4, 21, 22, 23)));
            assertEquals(3, counters.blocksDropped());
        }
    }

    @Test
    void shouldGrantInTimeWhatATierIsTooBusyFor() {
        try (rig) {
            storedAndEvicted();
            tier.isFull = true;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals("GRANT 3", rig.sender.take().getLast());
            assertEquals(0, finished(3, named(5, 11, 12, 13, 14)));
            assertEquals(0, tier.loadsBegun);
        }
    }

    @Test
    void shouldDropWhatIsRefusedTooLongAndNeverStoreWhatWasEvictedMeanwhile() {
        try (rig) {
            tier.isFull = true;
            handedOff(1, named(4, 11, 12, 13));
            evictAll(2);
            tier.isFull = false;
            rig.step(3);
            assertEquals(0, tier.storesBegun, "their memory is others' by now");
            assertEquals(3, counters.blocksDropped());

            tier.isFull = true;
            handedOff(3, named(3, 21, 22));
            rig.pass(TimeUnit.SECONDS.toNanos(3));
            assertEquals(5, counters.blocksDropped());
            assertEquals(0, counters.blocksWaiting());
        }
    }

    @Test
    void shouldNotEvictWhatIsOnItsWayDown() {
        try (rig) {
            tier.isFlowing = false;
            handedOff(1, named(3, 11, 12));
            assertEquals(2, tier.storesUnderWay());
            rig.reserve(2, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.QUEUED, rig.state(2));
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(ReservationState.GRANTED, rig.state(2));
            assertEquals(2, tier.records.size());
        }
    }

    /** Stores end in the chain's order: what was let go of last must not be its end. */
    @Test
    void shouldStillEvictTheEndOfAChainFirst() {
        try (rig) {
            tier.isFlowing = false;
            handedOff(1, named(6, 11, 12, 13, 14, 15, 16));
            tier.isFlowing = true;
            rig.step(3);
            tier.isOff = true;
            handedOff(2, named(4));
            assertEquals(4, handedOff(3, named(6, 11, 12, 13, 14, 15, 16)));
        }
    }

    @Test
    void shouldAnswerAsWaitingWhatIsReservedAgainWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            Ask ask = named(5, 11, 12, 13, 14);
            rig.reserve(3, ask);
            rig.reserve(3, ask);
            assertEquals(List.of("QUEUED 3 position=0", "QUEUED 3 position=0"), rig.sender.take());
            assertEquals(1, rig.ledger.liveCount());
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(List.of("GRANT 3"), rig.sender.take());
            assertEquals(4, finished(3, ask));
        }
    }

    @Test
    void shouldEndOnceWhatIsCancelledWhileItLoadsAndKeepWhatCame() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            rig.sender.take();
            rig.core.cancel(ReceiverRig.id(3), EndReason.CANCELLED);
            rig.step(2);
            assertNull(rig.state(3));
            assertEquals(1, rig.sender.take().size(), "one outcome");
            assertEquals(4, rig.totals().owned(), "a device writes there");

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().owned());
            assertEquals(List.of(), rig.sender.take());
            int begun = tier.loadsBegun;
            assertEquals(4, handedOff(4, named(5, 11, 12, 13, 14)));
            assertEquals(begun, tier.loadsBegun, "it came for another");
        }
    }

    @Test
    void shouldLoadOnceWhatTwoRequestsWantAtATime() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.reserve(4, named(5, 11, 12, 13, 14));
            rig.step(3);
            assertEquals(4, tier.loadsUnderWay());
            tier.isFlowing = true;
            rig.step(6);
            assertEquals(4, tier.loadsBegun);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(ReservationState.GRANTED, rig.state(4));
        }
    }

    @Test
    void shouldGoOnWithItsPlaceWhenItsSessionIsLostWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            Ask ask = named(5, 11, 12, 13, 14);
            rig.reserve(3, ask);
            rig.step(2);
            rig.reconnect();
            rig.reserve(3, ask);
            tier.isFlowing = true;
            rig.step(6);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(1, rig.ledger.liveCount());
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenItGoesDownWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            rig.core.drain();
            rig.core.shutdown();
            rig.step(3);
            assertEquals(0, rig.ledger.liveCount());
            tier.isFlowing = true;
            rig.step(3);
            assertEquals(0, rig.totals().owned());
        }
    }

    /** In a pool that is always full nothing that was loaded when it was reserved is there any more when its turn comes. */
    @Test
    void shouldLoadWhenItsTurnComesWhatHadNoRoomBefore() {
        try (rig) {
            storedAndEvicted();
            rig.reserve(3, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.GRANTED, rig.state(3));
            Ask ask = named(6, 11, 12, 13, 14);
            rig.reserve(4, ask);
            rig.pass(100 * ReceiverRig.MS);
            assertEquals(ReservationState.QUEUED, rig.state(4));
            rig.sender.take();
            assertEquals(0, tier.loadsBegun, "no room");

            finished(3, named(ReceiverRig.EXTENTS));
            rig.step(8);

            assertEquals(ReservationState.GRANTED, rig.state(4));
            assertEquals(4, finished(4, ask));
        }
    }

    /** Once, and no longer than any other: a tier that hangs must not keep the head from what is free. */
    @Test
    void shouldNotWaitTwiceForATierThatIsLate() {
        try (rig) {
            storedAndEvicted();
            rig.granted(3, ReceiverRig.EXTENTS);
            rig.reserve(4, named(4, 11, 12, 13));
            rig.step(3);
            tier.isFlowing = false;
            rig.sender.take();
            finished(3, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.QUEUED, rig.state(4));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(ReservationState.GRANTED, rig.state(4));
            tier.isFlowing = true;
            rig.step(3);
        }
    }

    /** A head that waits long must have what becomes free: nothing is loaded into it. */
    @Test
    void shouldLoadNothingWhileThePoolDrains() {
        AdmissionLimits strict = AdmissionLimits.DEFAULT;
        try (rig; ReceiverRig other = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, strict, 0)) {
            ScriptedTier below = new ScriptedTier();
            other.core.tier(below, LIMITS);
            other.granted(1, 4);
            other.reserve(2, ReceiverRig.EXTENTS);
            assertEquals(ReservationState.QUEUED, other.state(2));
            other.reserve(3, named(3, 11, 12));
            other.step(3);
            assertEquals(0, below.lookups);
            assertEquals(ReservationState.QUEUED, other.state(3));
        }
    }
}
