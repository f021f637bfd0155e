package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.transport.session.EndReason;

/** How handoffs end that are not delivered: who is told, and that nothing of this end moves any more by then. */
class HandoffEndTest extends RiggedTest {
    @Test
    void shouldTellARefusalForGood() {
        rig.receiver.isRejectedForGood = true;
        long handoff = rig.begin(rig.spec(1, 20));
        assertEquals("rejected 3", rig.awaitEnd(handoff));
        assertEquals(PrefillEngine.ENDED, rig.engine.stage(handoff, 0));
        rig.assertRight();
    }

    @Test
    void shouldTellEachStepWhenItIsMade() {
        List<String> told = new ArrayList<>();
        try (SenderRig heard = SenderRig.small(context -> context.steps((before, next) -> told.add(before + ">" + next)))) {
            HandoffSpec spec = heard.spec(1, 64);
            long handoff = heard.begin(spec);
            heard.awaitGrant(handoff);
            heard.prefill(handoff, spec, null);
            heard.awaitEnd(handoff);
        }

        assertEquals(List.of("null>NEW", "NEW>RESERVING", "RESERVING>GRANTED", "GRANTED>STREAMING", "STREAMING>FIN_SENT", "FIN_SENT>LANDED",
            "LANDED>DONE"), told);
    }

    @Test
    void shouldEndAtItsDeadlineWithTheReceiverTold() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 20).withDeadlineMs(200));
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
        rig.steps(5);
        assertTrue(rig.receiver.said.contains("CANCEL"));
        rig.assertRight();
    }

    @Test
    void shouldAbortAStreamingHandoffAtItsDeadline() {
        long handoff = rig.begin(rig.spec(1, 64).withDeadlineMs(200));
        rig.awaitGrant(handoff);
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
        rig.steps(5);
        assertEquals(EndReason.DEADLINE, rig.receiver.only().abortedBySender);
        assertTrue(rig.receiver.only().isDrained);
        rig.assertRight();
    }

    @Test
    void shouldDrainAndTellTheEngineWhenTheReceiverAborts() {
        HandoffSpec spec = rig.spec(1, 160);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.steps(3);
        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        assertEquals("failed LEASE_EXPIRED", rig.awaitEnd(handoff));
        rig.steps(3);
        assertEquals(List.of("RESERVE", "BIND", "ABORT_ACK", "DRAINED"), rig.receiver.said);
        assertEquals(PrefillSenderTest.STAGING_BYTES, rig.sender.staging().windowFreeBytes());
        rig.assertRight();
    }

    @Test
    void shouldTellHowLongWhatIsUnderWayMayStillTakeWhenItGoesDown() {
        HandoffSpec spec = rig.spec(1, 160).withDeadlineMs(20_000);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        advance(1_000);
        rig.sender.drain();
        rig.until("told", () -> rig.receiver.said.contains("DRAINING"));
        assertTrue(rig.receiver.drainingLeftMs > 15_000 && rig.receiver.drainingLeftMs <= 19_000, () -> "leftMs=" +
            rig.receiver.drainingLeftMs);
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
        assertEquals(1, rig.sender.counters().failures(EndReason.DEADLINE));
    }

    @Test
    void shouldDrainWhenTheEngineCancels() {
        HandoffSpec spec = rig.spec(1, 160);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        rig.steps(3);
        assertEquals(List.of("RESERVE", "BIND", "CANCEL", "DRAINED"), rig.receiver.said);
        rig.assertRight();
    }

    @Test
    void shouldResendWhatIsStillStagedAndGiveUpWhatIsNot() {
        HandoffSpec kept = HandoffSpec.sourceFirst(SenderRig.id(1), 64);
        long parked = rig.begin(kept);
        rig.prefill(parked, kept, null);
        rig.until("session", () -> rig.plane.sessionCount() == 1 && rig.receiver.plane.sessionCount() == 1);
        rig.receiver.nackOnce.addAll(List.of(1, 3));
        rig.receiver.plane.forEachSession(session -> rig.receiver.want(session, kept.id()));
        assertEquals("DELIVERED NONE", rig.awaitEnd(parked));
        assertEquals(2, rig.receiver.only().finRound);
        rig.receiver.landings.clear();

        HandoffSpec gone = rig.spec(2, 64);
        long windowed = rig.begin(gone);
        rig.awaitGrant(windowed);
        rig.receiver.nackOnce.add(0);
        rig.prefill(windowed, gone, null);
        assertEquals("failed CORRUPT", rig.awaitEnd(windowed));
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained);
        rig.assertRight();
    }

    /** The receiver's deadline may be a later one: a scheduler's. */
    @Test
    void shouldSendNothingAgainPastItsDeadline() {
        HandoffSpec kept = HandoffSpec.sourceFirst(SenderRig.id(1), 64);
        long parked = rig.begin(kept);
        rig.prefill(parked, kept, null);
        rig.until("session", () -> rig.plane.sessionCount() == 1 && rig.receiver.plane.sessionCount() == 1);
        rig.receiver.isReadyHeld = true;
        rig.receiver.plane.forEachSession(session -> rig.receiver.want(session, kept.id()));
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        long deadlineNs = rig.nowNs + TimeUnit.SECONDS.toNanos(12);
        rig.until("the deadline", () -> rig.nowNs - deadlineNs > 0);
        rig.receiver.plane.forEachSession(session -> {
            rig.receiver.proxy.nackBegin(session, rig.receiver.only().reservation, 0, 1);
            rig.receiver.proxy.nackCell(0, EndReason.CORRUPT);
            rig.receiver.proxy.nackEnd();
        });
        assertEquals("failed DEADLINE", rig.awaitEnd(parked));
        assertEquals(0, rig.sender.counters().count(Kind.CELLS_RESENT));
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained);
        rig.assertRight();
    }

    @Test
    void shouldEndForTheReasonThatTheReceiverGave() {
        HandoffSpec gone = rig.spec(1, 64);
        long windowed = rig.begin(gone);
        rig.awaitGrant(windowed);
        rig.receiver.nackReason = EndReason.MISSING;
        rig.receiver.nackOnce.add(0);
        rig.prefill(windowed, gone, null);
        assertEquals("failed MISSING", rig.awaitEnd(windowed));
    }

    @Test
    void shouldTellTheEngineWhenTheSessionIsLost() {
        HandoffSpec spec = rig.spec(1, 64);
        long streaming = rig.begin(spec);
        rig.awaitGrant(streaming);
        assertTrue(rig.fill(streaming, spec, 0));
        rig.engine.chunkReady(streaming, 16);
        rig.steps(2);
        rig.receiver.plane.forEachSession(session -> session.close(EndReason.SHUTDOWN));
        assertEquals("failed SESSION_LOST", rig.awaitEnd(streaming));
        rig.assertRight();
    }
}
