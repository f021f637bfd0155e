package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;

/** What landed and was read stays as cache: a request that begins alike is granted, and sent, the rest only. */
class HeldBlocksTest {
    private static final AdmissionLimits OVERTAKING = new AdmissionLimits(512, Long.MAX_VALUE, 8, TimeUnit.MINUTES.toNanos(1),
        ReceiverRig.MS);

    private final ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, OVERTAKING, 0);

    /** So many blocks, the leading ones named. */
    private static Ask named(int blocks, long... keys) {
        Ask ask = new Ask();
        ask.tokens = (long) blocks * ReceiverRig.BLOCK_TOKENS;
        ask.keys = keys;
        return ask;
    }

    /** Reserved, landed, taken and released; how many blocks were held. */
    private int handedOff(long request, Ask ask) {
        int held = landed(request, ask);
        long handle = last().handle();
        assertTrue(rig.core.receiving().take(handle));
        assertTrue(rig.core.receiving().release(handle));
        rig.step(2);
        rig.sender.take();
        return held;
    }

    /** READY, not taken yet. */
    private int landed(long request, Ask ask) {
        rig.reserve(request, ask);
        assertEquals(List.of("GRANT " + request), rig.sender.take());
        return landGranted(request, ask);
    }

    private int landGranted(long request, Ask ask) {
        ScriptedSender.Grant grant = rig.sender.grants.get(new HandoffId(ask.tenant, 1, request, 0));
        int held = (int) grant.heldTokens() / ReceiverRig.BLOCK_TOKENS;
        int blocks = (int) ask.tokens / ReceiverRig.BLOCK_TOKENS;
        int cells = blocks - held;
        rig.bind(grant, grant.tokenLow(), "tcp");
        assertEquals(List.of("ADDRESSES part=0 extents=" + cells), rig.sender.take());
        rig.proxy.chunkBegin(rig.sender.session, grant.reservation(), 0, 1, 0);
        for (int cell = 0; cell < cells; cell++) {
            rig.proxy.chunkLine(cell, ReceiverRig.CELL_BYTES, ReceiverRig.crcOf(cell), Lanes.laneOf(0, held + cell, RecordingZone.LANES), 1);
        }
        rig.proxy.chunkEnd();
        IntStream.range(0, cells).forEach(cell -> rig.verified(grant, cell));
        rig.finAndMarks(grant, 1, cells);
        assertEquals(List.of("READY " + request), rig.sender.take());
        return held;
    }

    private ReadyHandoff last() {
        return rig.engine.ready.getLast();
    }

    /** Where each block of the last READY request lies, as its engine reads it. */
    private List<Long> places() {
        List<Long> places = new ArrayList<>();
        for (ReadyBlocks blocks : last().held()) {
            for (int cell = blocks.firstCell(); cell < blocks.endCell(); cell++) {
                places.add(blocks.address(cell, 0));
            }
        }
        ReadyBlocks own = last().landed();
        for (int cell = own.firstCell(); cell < own.endCell(); cell++) {
            places.add(own.address(cell, 0));
        }
        return places;
    }

    @Test
    void shouldGrantTheRestOnlyAndShowTheEngineWhereTheBeginningLies() {
        try (rig) {
            assertEquals(0, handedOff(1, named(4, 11, 12, 13, 14)));
            List<Long> first = places();

            assertEquals(3, handedOff(2, named(5, 11, 12, 13, 99)));

            assertEquals(first.subList(0, 3), places().subList(0, 3));
            assertEquals(5, places().stream().distinct().count());
            assertEquals(3, last().map().firstBlock());
            assertEquals(8, rig.core.counters().blocksNamed());
            assertEquals(3, rig.core.counters().blocksHeld());
        }
    }

    @Test
    void shouldReadAChainThatSeveralRequestsLanded() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            List<Long> first = places();
            // Of its own whole blocks the last is sent, and lands a second time.
            assertEquals(2, handedOff(2, named(3, 11, 12, 13)));
            assertEquals(3, handedOff(3, named(5, 11, 12, 13, 14, 15)));
            List<Long> third = places();
            assertEquals(first, third.subList(0, 3));

            assertEquals(4, handedOff(4, named(5, 11, 12, 13, 14, 15)));

            assertEquals(third.subList(0, 4), places().subList(0, 4));
            assertEquals(2, last().held().size());
        }
    }

    @Test
    void shouldNotFindWhatAnotherTenantOrAnotherBeginningNamed() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            Ask other = named(3, 11, 12, 13);
            other.tenant = 10;
            assertEquals(0, handedOff(2, other));
            assertEquals(0, handedOff(3, named(3, 21, 12, 13)));
        }
    }

    @Test
    void shouldNotFindWhatIsStillOnItsWay() {
        try (rig) {
            rig.reserve(1, named(3, 11, 12, 13));
            rig.sender.take();
            assertEquals(0, landed(2, named(2, 11, 12)));
        }
    }

    @Test
    void shouldShareWhatIsReadyAndNotYetReadByItsOwnEngine() {
        try (rig) {
            landed(1, named(3, 11, 12, 13));
            long first = last().handle();
            assertEquals(2, handedOff(2, named(3, 11, 12, 77)));
            assertTrue(rig.core.receiving().take(first));
            assertTrue(rig.core.receiving().release(first));
        }
    }

    @Test
    void shouldKeepHeldBlocksFromEveryoneUntilTheyAreReleased() {
        try (rig) {
            handedOff(1, named(4, 11, 12, 13, 14));
            assertEquals(4, landed(2, named(5, 11, 12, 13, 14, 15)));
            long handle = last().handle();
            rig.reserve(3, named(ReceiverRig.EXTENTS - 4));
            assertEquals(ReservationState.QUEUED, rig.state(3), "three extents are nobody's, four are held");
            rig.sender.take();

            assertTrue(rig.core.receiving().take(handle));
            assertTrue(rig.core.receiving().release(handle));
            rig.step(2);

            assertEquals(ReservationState.GRANTED, rig.state(3));
        }
    }

    @Test
    void shouldEvictTheEndOfAChainFirst() {
        try (rig) {
            handedOff(1, named(6, 11, 12, 13, 14, 15, 16));
            handedOff(2, named(4));
            // Two of the chain had to go: its last two.
            assertEquals(4, handedOff(3, named(6, 11, 12, 13, 14, 15, 16)));
        }
    }

    @Test
    void shouldNotHoldWhatWasEvicted() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            handedOff(2, named(ReceiverRig.EXTENTS));
            assertEquals(0, handedOff(3, named(3, 11, 12, 13)));
        }
    }

    @Test
    void shouldPinNothingForWhatWaits() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            landed(2, named(5));
            long handle = last().handle();
            rig.reserve(3, named(7, 11, 12, 13, 14, 15, 16, 17));
            assertEquals(ReservationState.QUEUED, rig.state(3));
            assertEquals(3, rig.totals().evictable());
            rig.sender.take();

            assertTrue(rig.core.receiving().take(handle));
            assertTrue(rig.core.receiving().release(handle));
            rig.step(2);

            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(3, rig.sender.grants.get(ReceiverRig.id(3)).heldTokens() / ReceiverRig.BLOCK_TOKENS);
        }
    }

    @Test
    void shouldLookAgainWhenWhatAWaitingRequestWouldHoldIsEvicted() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            landed(2, named(3));
            long handle = last().handle();
            rig.reserve(3, named(7, 11, 12, 13, 14, 15, 16, 17));
            assertEquals(ReservationState.QUEUED, rig.state(3));
            // It overtakes, and takes the two that are free and all that was cached.
            rig.reserve(4, named(5));
            assertEquals(ReservationState.GRANTED, rig.state(4));
            assertEquals(0, rig.totals().evictable());
            rig.sender.take();
            assertTrue(rig.core.receiving().take(handle));
            assertTrue(rig.core.receiving().release(handle));
            rig.step(2);
            rig.sender.take();
            landGranted(4, named(5));
            assertTrue(rig.core.receiving().take(last().handle()));
            assertTrue(rig.core.receiving().release(last().handle()));
            rig.step(2);

            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(0, rig.sender.grants.get(ReceiverRig.id(3)).heldTokens());
        }
    }

    @Test
    void shouldSendTheLastBlockThoughAllOfItLiesHere() {
        try (rig) {
            handedOff(1, named(2, 11, 12));
            assertEquals(1, handedOff(2, named(2, 11, 12)));
            handedOff(3, named(1, 31));
            assertEquals(0, handedOff(4, named(1, 31)));
        }
    }

    @Test
    void shouldHoldNothingOfWhatTheEngineHasItself() {
        try (rig) {
            handedOff(1, named(4, 11, 12, 13, 14));
            Ask ask = named(5, 11, 12, 13, 14, 15);
            ask.haveTokens = 2L * ReceiverRig.BLOCK_TOKENS;
            rig.reserve(2, ask);
            assertEquals(4L * ReceiverRig.BLOCK_TOKENS, rig.sender.grants.get(ReceiverRig.id(2)).heldTokens());
            assertEquals(2, rig.totals().evictable(), "two of the four are pinned");
        }
    }

    /** Seed 1000026 of chaos: what is quarantined for good would have pinned them for good. */
    @Test
    void shouldLetGoOfHeldBlocksWhenItsOwnExtentsAreQuarantined() {
        try (rig) {
            handedOff(1, named(3, 11, 12, 13));
            rig.reserve(2, named(5, 11, 12, 13, 14, 15));
            ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(2));
            rig.bind(grant, grant.tokenLow(), "shm");
            assertEquals(0, rig.totals().evictable());

            rig.loseSession();
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.pass(TimeUnit.SECONDS.toNanos(4));

            assertEquals(2, rig.totals().quarantined());
            assertEquals(3, rig.totals().evictable());
        }
    }

    @Test
    void shouldRefuseNamesOfMoreBlocksThanAreWhole() {
        try (rig) {
            Ask ask = named(2, 11, 12);
            ask.tokens--;
            rig.reserve(1, ask);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 BAD_REQUEST") && heard.contains("blockKeys=2"), heard);
            assertNull(rig.state(1));
        }
    }

    @Test
    void shouldNotTakeAnUnnamedPromptForAnyOther() {
        try (rig) {
            handedOff(1, named(3));
            List<Long> first = places();
            assertEquals(0, handedOff(2, named(3)));
            assertNotEquals(first, places());
        }
    }
}
