package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.Order;

/** Whatever one node or one tenant asks for, another finds a place. The rig has 16 places for reservations. */
class PlaceSharesTest {
    private static final long POOL_BYTES = (long) ReceiverRig.EXTENTS * ReceiverRig.CELL_BYTES;
    private static final int HALF = 8;

    private static String only(ScriptedSender sender) {
        List<String> heard = sender.take();
        assertEquals(1, heard.size(), heard::toString);
        return heard.getFirst();
    }

    /** The pool is one request's, and others of the same node wait until it has its share of the places. */
    private static void fillShare(ReceiverRig rig) {
        rig.granted(1, ReceiverRig.EXTENTS);
        for (int request = 2; request <= HALF; request++) {
            rig.reserve(request, 1);
            assertEquals("QUEUED " + request + " position=" + (request - 2), only(rig.sender));
        }
    }

    @Test
    void shouldLeaveANodeThatComesLateAPlace() {
        try (ReceiverRig rig = new ReceiverRig()) {
            fillShare(rig);
            rig.reserve(9, 1);
            String refused = only(rig.sender);
            assertTrue(refused.startsWith("REJECT 9 OVERLOADED retryAfterMs="), refused);
            assertTrue(refused.contains("this node") && refused.contains("reservations=8 of 16 free=8"), refused);
            int retryAfterMs = Integer.parseInt(refused.replaceFirst(".*retryAfterMs=([0-9]+) .*", "$1"));
            assertTrue(retryAfterMs >= 50 && retryAfterMs <= 150, refused);
            assertEquals(1, rig.ledger.counters().rejections(RejectReason.OVERLOADED));

            ScriptedSender other = rig.stranger();
            for (int request = 21; request <= 24; request++) {
                InquiryTest.reserveBy(rig, other, request, 1);
                assertEquals("QUEUED " + request + " position=" + (request - 14), only(other));
            }
            InquiryTest.reserveBy(rig, other, 25, 1);
            assertTrue(only(other).startsWith("REJECT 25 OVERLOADED"), "four of the eight that were left: four are a third one's");
        }
    }

    @Test
    void shouldTakeMoreOfItOnceItHasLess() {
        try (ReceiverRig rig = new ReceiverRig()) {
            fillShare(rig);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            rig.sender.take();
            rig.granted(9, 1);
            rig.reserve(10, 1);
            assertTrue(only(rig.sender).startsWith("REJECT 10 OVERLOADED"), "those that were granted count as those that wait");
            for (int request = 2; request <= 9; request++) {
                rig.core.cancel(ReceiverRig.id(request), EndReason.CANCELLED);
            }
            rig.step(2);
            rig.sender.take();
            fillShareAgain(rig);
        }
    }

    private static void fillShareAgain(ReceiverRig rig) {
        for (int request = 31; request < 31 + HALF; request++) {
            rig.granted(request, 1);
        }
        rig.reserve(39, 1);
        assertTrue(only(rig.sender).startsWith("REJECT 39 OVERLOADED"));
    }

    /** What can never fit is told so, and not to come again. */
    @Test
    void shouldTellWhatCanNeverFitSoWhoeverAsks() {
        try (ReceiverRig rig = new ReceiverRig()) {
            fillShare(rig);
            rig.reserve(9, ReceiverRig.EXTENTS + 1);
            assertTrue(only(rig.sender).startsWith("REJECT 9 REQUEST_TOO_BIG retryAfterMs=0"));
        }
    }

    @Test
    void shouldLeaveATenantThatComesLateAPlace() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender other = rig.stranger();
            rig.core.reserve(new HandoffId(10, 1, 1, 0), unbound());
            assertEquals(List.of("reserved 1"), rig.engine.told);
            for (int request = 11; request <= 15; request++) {
                rig.reserve(request, 1);
            }
            for (int request = 21; request <= 23; request++) {
                InquiryTest.reserveBy(rig, other, request, 1);
            }
            rig.sender.take();
            other.take();
            InquiryTest.reserveBy(rig, other, 24, 1);
            String refused = only(other);
            assertTrue(refused.startsWith("REJECT 24 OVERLOADED") && refused.contains("this tenant")
                && refused.contains("reservations=8 of 16 free=7"), refused);
            rig.core.reserve(new HandoffId(10, 1, 2, 0), unbound());
            assertEquals(0, rig.engine.told.stream().filter(told -> told.startsWith("refused")).count(), () -> rig.engine.told.toString());

            rig.core.cancel(new HandoffId(10, 1, 1, 0), EndReason.CANCELLED);
            rig.core.cancel(new HandoffId(10, 1, 2, 0), EndReason.CANCELLED);
            rig.step(2);
            other.take();
            InquiryTest.reserveBy(rig, other, 24, 1);
            assertTrue(only(other).startsWith("QUEUED 24"), "alone it is bounded by its nodes");
        }
    }

    @Test
    void shouldLeaveBytesToWaitFor() {
        AdmissionLimits limits = new AdmissionLimits(512, 4 * POOL_BYTES, 0, 0, TimeUnit.MILLISECONDS.toNanos(100));
        try (ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, limits, 0)) {
            rig.granted(1, ReceiverRig.EXTENTS);
            for (int request = 2; request <= 3; request++) {
                rig.reserve(request, ReceiverRig.EXTENTS);
                assertTrue(only(rig.sender).startsWith("QUEUED " + request));
            }
            rig.reserve(4, ReceiverRig.EXTENTS);
            String refused = only(rig.sender);
            assertTrue(refused.startsWith("REJECT 4 OVERLOADED"), refused);
            assertTrue(refused.contains("waitingBytes=" + 2 * POOL_BYTES + " of " + 4 * POOL_BYTES + " free=" + 2 * POOL_BYTES), refused);
            ScriptedSender other = rig.stranger();
            InquiryTest.reserveBy(rig, other, 21, ReceiverRig.EXTENTS);
            assertTrue(only(other).startsWith("QUEUED 21"), "one request may wait, whatever its size");
        }
    }

    /** A scheduler reserves for all: what a sender has claimed counts for that sender. */
    @Test
    void shouldCountWhatWasClaimedForItsSender() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender scheduler = rig.stranger();
            ScriptedSender sender = rig.sender;
            Ask ask = new Ask();
            ask.tokens = ReceiverRig.BLOCK_TOKENS;
            ask.order = Order.UNBOUND;
            ask.parts = new int[0];
            rig.sender = scheduler;
            for (int request = 1; request <= HALF; request++) {
                rig.reserve(request, ask);
                assertEquals("GRANT " + request, only(scheduler));
            }
            rig.reserve(9, ask);
            assertTrue(only(scheduler).startsWith("REJECT 9 OVERLOADED"));
            rig.sender = sender;
            rig.granted(1, 1);
            rig.sender = scheduler;
            rig.reserve(9, ask);
            assertTrue(only(scheduler).startsWith("QUEUED 9"));
            rig.sender = sender;
        }
    }

    /** What ended is remembered for a while, whether it was granted or left the queue; the rest is for those that come late. */
    @Test
    void shouldLeaveOthersWhatCanBeRememberedOfTheEnded() {
        ReceiverLimits limits = ReceiverLimits.DEFAULT.withTombstones(8, 60_000 * ReceiverRig.MS, 4);
        try (ReceiverRig rig = new ReceiverRig(limits, ReceiverRig.LAYOUT)) {
            rig.granted(1, ReceiverRig.EXTENTS);
            for (int request = 2; request <= 4; request++) {
                rig.reserve(request, 1);
            }
            for (int request = 4; request >= 1; request--) {
                rig.core.cancel(ReceiverRig.id(request), EndReason.CANCELLED);
            }
            rig.step(2);
            rig.sender.take();

            rig.reserve(5, 1);
            String refused = only(rig.sender);
            assertTrue(refused.startsWith("REJECT 5 OVERLOADED retryAfterMs=1000"), refused);
            assertTrue(refused.contains("this node") && refused.contains("ended=4 of 8 free=4"), refused);
            ScriptedSender other = rig.stranger();
            InquiryTest.reserveBy(rig, other, 21, 1);
            assertTrue(only(other).startsWith("GRANT 21"), "another node's");
            rig.pass(60_000 * ReceiverRig.MS);
            rig.granted(6, 1);
        }
    }

    private static UnboundAsk unbound() {
        return new UnboundAsk(ReceiverRig.LAYOUT, ReceiverRig.BLOCK_TOKENS, 0, 0, 0, 120_000, 60_000);
    }
}
