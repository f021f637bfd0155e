package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.OutcomeKind;

/** Every end but the good one: told once and at once, memory only after evidence (S3, S9, section 5). */
class EndingTest {
    private static final int BLOCKS = 3;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldFreeTwoSidedMemoryOnlyWhenEveryDataAgentAcknowledged() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "tcp");
            assertEquals(List.of("ABORT_ACK 1", "ABORT 1 PREFILL_FAILED", "OUTCOME 1 ABORTED PREFILL_FAILED"), rig.sender.take());
            assertEquals(List.of("ended 1 PREFILL_FAILED"), rig.engine.told);
            assertEquals(List.of("revoke " + grant.reservation().counter()), rig.zone.ordersOf("revoke"));
            rig.drained(grant, 0);
            rig.revokedBy(grant, 0);
            assertEquals(BLOCKS, rig.totals().owned());
            rig.revokedBy(grant, 1);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(List.of("close " + grant.reservation().counter()), rig.zone.ordersOf("close"));
            assertNull(rig.state(1));
            assertEquals(List.of(), rig.sender.take());   // told once
            assertEquals(1, rig.engine.told.size());
        }
    }

    @Test
    void shouldFreeOneSidedMemoryOnlyWhenTheSenderHasDrainedToo() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "shm");
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.pass(SECOND / 2);
            assertEquals(BLOCKS, rig.totals().owned());
            rig.drained(grant, 0);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldNotTakeDrainedForEvidenceAfterAFailedCompletion() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "shm");
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.drained(grant, 1);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
        }
    }

    @Test
    void shouldQuarantineWithoutEvidenceAndRecoverWhenItComesLate() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "shm");
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.pass(SECOND + 100 * ReceiverRig.MS);
            assertEquals(ReservationState.FENCING, rig.state(1));
            rig.pass(SECOND + 700 * ReceiverRig.MS);
            assertEquals(ReservationState.FENCING, rig.state(1));
            rig.pass(400 * ReceiverRig.MS);
            assertEquals(ReservationState.QUARANTINED, rig.state(1));
            assertEquals(BLOCKS, rig.totals().quarantined());
            assertEquals(1, rig.core.counters().quarantines());
            rig.pass(60 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());   // elapsed time is never evidence
            rig.sender.take();
            rig.reserve(2, ReceiverRig.EXTENTS - BLOCKS + 1);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 PEER_QUARANTINED retryAfterMs=1000"), heard);
            rig.drained(grant, 0);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            rig.granted(3, ReceiverRig.EXTENTS);
        }
    }

    @Test
    void shouldQuarantineTwoSidedMemoryWhoseAgentIsSilentAndRecoverOnItsAcknowledgement() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "tcp");
            rig.revokedBy(grant, 0);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            rig.revokedBy(grant, 1);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldFreeAtOnceWhenNoAddressWasTold() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, BLOCKS);
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldEndEveryStateThatACancelFinds() {
        for (ReservationState state : List.of(ReservationState.GRANTED, ReservationState.RECEIVING, ReservationState.VERIFYING)) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = inState(rig, state);
                rig.sender.take();
                rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
                rig.proxy.cancel(rig.sender.session, 2, ReceiverRig.id(1), EndReason.CANCELLED);
                rig.step(2);
                assertEquals(List.of("ABORT 1 CANCELLED", "OUTCOME 1 ABORTED CANCELLED"), rig.sender.take(), state::toString);
                assertEquals(List.of("ended 1 CANCELLED"), rig.engine.told, state::toString);
                rig.revokedBy(grant, 0);
                rig.revokedBy(grant, 1);
                assertEquals(ReceiverRig.EXTENTS, rig.totals().free(), state::toString);
            }
        }
    }

    @Test
    void shouldCancelOneThatIsQueued() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.bound(1, ReceiverRig.EXTENTS, "tcp");
            rig.reserve(2, 1);
            rig.sender.take();
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(2), EndReason.CANCELLED);
            rig.step(2);
            assertEquals(List.of("OUTCOME 2 REJECTED CANCELLED"), rig.sender.take());
            assertTrue(rig.core.admission().isEmpty());
            assertEquals(1, rig.ledger.liveCount());
        }
    }

    /** READY: nobody reads it, and nobody will be let to. */
    @Test
    void shouldEndAtOnceWhatIsCancelledBeforeItIsTaken() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            assertFalse(rig.core.receiving().release(grant.reservation().counter()));
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            assertFalse(rig.core.receiving().take(grant.reservation().counter()));
            assertFalse(rig.core.receiving().release(grant.reservation().counter()));
            rig.step(2);
            assertNull(rig.state(1));
            assertEquals(BLOCKS, rig.totals().evictable());
            assertEquals(List.of("OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            assertEquals(List.of("ready 1", "ended 1 CANCELLED"), rig.engine.told);
        }
    }

    @Test
    void shouldLetATakenOneBeReadThoughItWasCancelled() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            rig.core.receiving().take(grant.reservation().counter());
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.pass(70 * SECOND);
            assertEquals(ReservationState.TAKEN, rig.state(1));
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
        }
    }

    /** Its outcome was told: only the engine can stop. */
    @Test
    void shouldTellTheEngineOnceThatNobodyWantsWhatItHasTaken() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            rig.core.receiving().take(grant.reservation().counter());
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.proxy.cancel(rig.sender.session, 2, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            assertEquals(List.of("ready 1", "cancelled 1"), rig.engine.told);
            assertEquals(3, rig.core.counters().cancelledLateCount());
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.sender.take());
            assertEquals(2, rig.engine.told.size());
        }
    }

    @Test
    void shouldTellTheEngineWhoseWordOfTakingItIsOnItsWay() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.ready(1, BLOCKS);
            assertTrue(rig.engine.ready.getFirst().take());
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            assertEquals(ReservationState.TAKEN, rig.state(1));
            assertEquals(List.of("ready 1", "cancelled 1"), rig.engine.told);
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
        }
    }

    @Test
    void shouldEndWhatNobodyTakes() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.ready(1, BLOCKS);
            rig.pass(60 * SECOND - 100 * ReceiverRig.MS);
            assertEquals(List.of(), rig.sender.take());
            rig.pass(200 * ReceiverRig.MS);
            assertEquals(List.of("OUTCOME 1 ABORTED NOT_CONSUMED"), rig.sender.take());
            assertEquals(List.of("ready 1", "ended 1 NOT_CONSUMED"), rig.engine.told);
            assertEquals(BLOCKS, rig.totals().evictable());
        }
    }

    @Test
    void shouldEndWhatDoesNotStartInTime() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.startWithinMs = 2_000;
            rig.reserve(1, ask);
            rig.sender.take();
            rig.pass(2 * SECOND - 100 * ReceiverRig.MS);
            assertEquals(List.of(), rig.sender.take());
            rig.pass(200 * ReceiverRig.MS);
            assertEquals(List.of("OUTCOME 1 ABORTED NOT_STARTED"), rig.sender.take());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldEndWhatIsNotReadyByItsDeadline() {
        for (ReservationState state : List.of(ReservationState.RECEIVING, ReservationState.VERIFYING)) {
            ReceiverLimits limits = ReceiverLimits.DEFAULT.withDeadlineMaxNs(5 * SECOND);
            try (ReceiverRig rig = new ReceiverRig(limits, ReceiverRig.LAYOUT)) {
                inState(rig, state);
                rig.sender.take();
                rig.pass(4 * SECOND);
                assertEquals(List.of(), rig.sender.take(), state::toString);
                rig.pass(2 * SECOND);
                assertEquals(List.of("ABORT 1 DEADLINE", "OUTCOME 1 ABORTED DEADLINE"), rig.sender.take(), state::toString);
            }
        }
    }

    @Test
    void shouldRejectAQueuedOneAtItsDeadline() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.ready(1, ReceiverRig.EXTENTS);
            Ask ask = new Ask();
            ask.deadlineMs = 1_000;
            rig.reserve(2, ask);
            rig.sender.take();
            rig.pass(SECOND + 100 * ReceiverRig.MS);
            List<String> heard = rig.sender.take();
            assertEquals("OUTCOME 2 REJECTED DEADLINE", heard.getFirst());
            assertTrue(heard.getLast().startsWith("REJECT 2 DEADLINE retryAfterMs=0"), heard::toString);
            assertEquals(2, heard.size());
        }
    }

    @Test
    void shouldRevokeWhatItsLostSessionBrought() {
        for (ReservationState state : List.of(ReservationState.GRANTED, ReservationState.RECEIVING)) {
            try (ReceiverRig rig = new ReceiverRig()) {
                ScriptedSender.Grant grant = inState(rig, state);
                rig.loseSession();
                assertEquals(List.of("ended 1 SESSION_LOST"), rig.engine.told, state::toString);
                assertEquals(ReservationState.REVOKING, rig.state(1));
                rig.revokedBy(grant, 0);
                rig.revokedBy(grant, 1);
                assertEquals(ReceiverRig.EXTENTS, rig.totals().free(), state::toString);
            }
        }
    }

    @Test
    void shouldGoOnVerifyingWithoutItsSession() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = inState(rig, ReservationState.VERIFYING);
            rig.loseSession();
            assertEquals(ReservationState.VERIFYING, rig.state(1));
            for (int cell = 0; cell < BLOCKS; cell++) {
                rig.verified(grant, cell);
            }
            assertEquals(List.of("ready 1"), rig.engine.told);
            assertTrue(rig.core.receiving().take(grant.reservation().counter()));
            assertTrue(rig.core.receiving().release(grant.reservation().counter()));
        }
    }

    @Test
    void shouldEndAVerifyingOneWhoseBadCellNobodyCanSendAgain() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = inState(rig, ReservationState.VERIFYING);
            rig.loseSession();
            rig.corrupt(grant, 0);
            assertEquals(List.of("ended 1 CORRUPT"), rig.engine.told);
        }
    }

    @Test
    void shouldRejectAQueuedOneWhoseSessionStaysLost() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.ready(1, ReceiverRig.EXTENTS);
            rig.reserve(2, 2);
            rig.loseSession();
            rig.pass(4 * SECOND);
            assertTrue(rig.core.admission().isEmpty());
            assertEquals(ReservationState.READY, rig.state(1));
            assertEquals(1, rig.core.counters().outcomes(OutcomeKind.REJECTED));
            assertEquals(List.of("ready 1", "ended 2 SESSION_LOST"), rig.engine.told);
        }
    }

    @Test
    void shouldRevokeOnALaneThatBreaksWhileItsDataIsOnTheWay() {
        try (ReceiverRig rig = new ReceiverRig()) {
            inState(rig, ReservationState.RECEIVING);
            rig.sender.take();
            rig.core.receiving().onLaneClosed(rig.sender.session.id() + 1, 0);
            rig.step(2);
            assertEquals(List.of(), rig.sender.take());
            rig.core.receiving().onLaneClosed(rig.sender.session.id(), 0);
            rig.step(2);
            assertEquals(List.of("ABORT 1 PEER_LOST", "OUTCOME 1 ABORTED PEER_LOST"), rig.sender.take());
        }
    }

    @Test
    void shouldIgnoreWhatAgentsTellAfterTheEnd() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = inState(rig, ReservationState.RECEIVING);
            rig.sender.take();
            rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            rig.verified(grant, 0);
            rig.corrupt(grant, 1);
            rig.mark(grant, 1, 0);
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.verified(grant, 2);
            rig.corrupt(grant, 0);
            rig.revokedBy(grant, 1);
            assertEquals(List.of("ABORT 1 CANCELLED", "OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldAnswerAnAbortOfNothingWithStaleAndALateReserveWithItsEnd() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = abortedBySender(rig, "tcp");
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.sender.take();
            rig.proxy.abort(rig.sender.session, 1, ReceiverRig.id(1), grant.reservation(), 0, EndReason.PREFILL_FAILED, "");
            rig.step(2);
            assertEquals(List.of("STALE what=RESERVATION template=" + AbortDecoder.TEMPLATE_ID), rig.sender.take());
            rig.reserve(1, BLOCKS);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 MISMATCH retryAfterMs=0") && heard.contains("reason=prefill_failed"), heard);
            rig.proxy.query(rig.sender.session, 3, ReceiverRig.id(1));
            rig.step(2);
            assertEquals(List.of("STATUS 1 ABORTED PREFILL_FAILED", "OUTCOME 1 ABORTED PREFILL_FAILED"), rig.sender.take());
        }
    }

    private static ScriptedSender.Grant abortedBySender(ReceiverRig rig, String scheme) {
        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, scheme);
        rig.lines(grant, 1, 0);
        rig.proxy.abort(rig.sender.session, 1, ReceiverRig.id(1), grant.reservation(), 0, EndReason.PREFILL_FAILED, "");
        rig.step(2);
        assertEquals(ReservationState.REVOKING, rig.state(1));
        return grant;
    }

    private static ScriptedSender.Grant inState(ReceiverRig rig, ReservationState state) {
        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
        if (state != ReservationState.GRANTED) {
            rig.lines(grant, 1, 0, 1, 2);
        }
        if (state == ReservationState.VERIFYING) {
            rig.fin(grant, 1, BLOCKS);
            rig.mark(grant, 1, 0);
            rig.mark(grant, 1, 1);
        }
        assertEquals(state, rig.state(1));
        return grant;
    }
}
