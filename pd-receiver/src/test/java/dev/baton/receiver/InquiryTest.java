package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/** RESERVE again, QUERY and CANCEL: over lost sessions, by strangers, after the end (S8, S9). */
class InquiryTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldKeepAQueuedOnesPlaceForTheNextSession() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 4);
            rig.reserve(3, 4);
            rig.loseSession();
            // The grant of 1 died with its session, and the two had their turn; nobody was told yet.
            assertEquals(ReservationState.GRANTED, rig.state(2));
            rig.connect(0x5555, ReceiverRig.LAYOUT);
            rig.sender.take();
            rig.reserve(3, 4);
            rig.reserve(2, 4);
            assertEquals(List.of("GRANT 3", "GRANT 2"), rig.sender.take());
            assertEquals(2, rig.ledger.liveCount());
        }
    }

    @Test
    void shouldAnswerTheReboundGrantUnderTheNewCorrelation() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender stranger = rig.stranger();
            reserveBy(rig, stranger, 1, ReceiverRig.EXTENTS);
            assertEquals(List.of("GRANT 1"), stranger.take());
            rig.reserve(2, 4);
            rig.loseSession();
            rig.connect(0x5555, ReceiverRig.LAYOUT);
            rig.sender.take();
            rig.reserve(2, 4);
            long asked = rig.lastCorrelation();
            assertEquals(List.of("QUEUED 2 position=0"), rig.sender.take());
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("GRANT 2"), rig.sender.heard);
            assertEquals(List.of(asked), rig.sender.correlations);
        }
    }

    @Test
    void shouldRejectAQueuedOneWhoseSessionDoesNotComeBack() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender stranger = rig.stranger();
            reserveBy(rig, stranger, 1, ReceiverRig.EXTENTS);
            rig.reserve(2, 4);
            rig.loseSession();
            rig.pass(2 * SECOND);
            assertEquals(ReservationState.QUEUED, rig.state(2));
            rig.pass(SECOND + 100 * ReceiverRig.MS);
            assertNull(rig.state(2));
            assertEquals(List.of("ended 2 SESSION_LOST"), rig.engine.told);
            assertEquals(1, rig.core.counters().ends(EndReason.SESSION_LOST));
        }
    }

    @Test
    void shouldFreeAGrantThatCameBetweenTwoSessionsAndWasNeverTold() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 4);
            rig.loseSession();
            assertEquals(ReservationState.GRANTED, rig.state(2));
            rig.pass(3 * SECOND + 100 * ReceiverRig.MS);
            assertNull(rig.state(2));
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(List.of("ended 1 SESSION_LOST", "ended 2 SESSION_LOST"), rig.engine.told);
        }
    }

    @Test
    void shouldLetNoOtherNodeTouchAHandoff() {
        for (ReservationState state : List.of(ReservationState.QUEUED, ReservationState.GRANTED, ReservationState.RECEIVING)) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender stranger = rig.stranger();
                if (state == ReservationState.QUEUED) {
                    rig.granted(9, ReceiverRig.EXTENTS);
                    rig.reserve(1, 2);
                } else {
                    ScriptedSender.Grant grant = rig.bound(1, 2, "tcp");
                    if (state == ReservationState.RECEIVING) {
                        rig.lines(grant, 1, 0);
                    }
                    rig.proxy.abort(stranger.session, 1, ReceiverRig.id(1), grant.reservation(), 0, EndReason.CANCELLED, "");
                    rig.step(2);
                    assertTrue(stranger.take().getFirst().startsWith("STALE what=RESERVATION"), state::toString);
                }
                rig.sender.take();
                reserveBy(rig, stranger, 1, 2);
                String heard = stranger.take().getFirst();
                assertTrue(heard.startsWith("REJECT 1 MISMATCH retryAfterMs=0"), heard);
                rig.proxy.cancel(stranger.session, 2, ReceiverRig.id(1), EndReason.CANCELLED);
                rig.step(2);
                assertTrue(stranger.take().getFirst().startsWith("STALE what=RESERVATION"), state::toString);
                assertEquals(state, rig.state(1));
                assertEquals(List.of(), rig.sender.take());
                assertEquals(List.of(), rig.engine.told);
            }
        }
    }

    @Test
    void shouldTellTheOutcomeAgainToOneThatLostItsSessionAfterFin() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, 2);
            rig.loseSession();
            rig.connect(0x5555, ReceiverRig.LAYOUT);
            rig.sender.take();
            query(rig, 1);
            assertEquals(List.of("STATUS 1 READY NONE"), rig.sender.take());
            rig.core.receiving().take(grant.reservation().counter());
            rig.step(2);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            query(rig, 1);
            assertEquals(List.of("STATUS 1 TAKEN NONE", "OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            rig.core.receiving().release(grant.reservation().counter());
            query(rig, 1);
            assertEquals(List.of("STATUS 1 RELEASED NONE", "OUTCOME 1 DELIVERED NONE"), rig.sender.take());
        }
    }

    @Test
    void shouldTellStateReasonAndOutcomeOfOneThatIsEndingOrOver() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, 2, "tcp");
            query(rig, 1);
            assertEquals(List.of("STATUS 1 GRANTED NONE"), rig.sender.take());
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            rig.sender.take();
            query(rig, 1);
            assertEquals(List.of("STATUS 1 REVOKING CANCELLED", "OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            query(rig, 1);
            assertEquals(List.of("STATUS 1 ABORTED CANCELLED", "OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            query(rig, 7);
            assertEquals(List.of("STATUS 7 NOT_KNOWN NONE"), rig.sender.take());
        }
    }

    private static void query(ReceiverRig rig, long request) {
        rig.proxy.query(rig.sender.session, 1, ReceiverRig.id(request));
        rig.step(2);
    }

    /** The stranger speaks as the sender does. */
    static void reserveBy(ReceiverRig rig, ScriptedSender other, long request, int blocks) {
        ScriptedSender own = rig.sender;
        Ask ask = new Ask();
        ask.tokens = (long) blocks * ReceiverRig.BLOCK_TOKENS;
        ask.incarnations = new long[] {0x9999};
        rig.sender = other;
        rig.reserve(request, ask);
        rig.sender = own;
    }
}
