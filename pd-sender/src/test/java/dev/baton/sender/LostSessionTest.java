package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.HandoffState;

/** What a sender does about handoffs whose session was lost, on the next one with the same process or with a new one. */
class LostSessionTest extends RiggedTest {
    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource({"TAKEN, NONE, DELIVERED NONE", "RELEASED, NONE, DELIVERED NONE", "RELEASED, NOT_CONSUMED, ABORTED NOT_CONSUMED",
        "ABORTED, DEADLINE, failed DEADLINE", "REVOKING, CORRUPT, failed CORRUPT", "QUARANTINED, CORRUPT, failed CORRUPT",
        "REJECTED, CANCELLED, failed CANCELLED", "NOT_KNOWN, NONE, failed OUTCOME_UNKNOWN"})
    void shouldAskForTheOutcomeOverTheNextSession(HandoffState state, EndReason reason, String end) {
        long handoff = finSent(1);
        rig.receiver.status = state;
        rig.receiver.statusReason = reason;
        rig.receiver.loseSessions();
        assertEquals(end, rig.awaitEnd(handoff));
        assertEquals(List.of("QUERY"), rig.receiver.said.stream().filter("QUERY"::equals).toList());
        rig.assertRight();
        assertEquals(4L << 20, rig.sender.staging().windowFreeBytes());
    }

    /** A BIND that came twice, say, the second time when the receiver was done with it and READY was on its way. */
    @Test
    void shouldAskWhatBecameOfItWhereAWordBeforeFinIsStale() {
        long handoff = finSent(1);
        rig.receiver.status = HandoffState.TAKEN;
        rig.receiver.plane.forEachSession(
            session -> rig.receiver.proxy.stale(session, handoff, StaleWhat.RESERVATION, BindDecoder.TEMPLATE_ID));
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(List.of("QUERY"), rig.receiver.said.stream().filter("QUERY"::equals).toList());
        rig.assertRight();
    }

    /** It came before HELLO_DONE, say: the session goes on, and nobody will ever answer it. */
    @Test
    void shouldSayAReserveAgainThatGotNoAnswer() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.isSilent = false;
        advance(2_900);
        assertEquals(List.of("RESERVE"), rig.receiver.said);
        advance(200);
        assertEquals(OutboundState.STREAMING, rig.sender.state(handoff));
        assertEquals(List.of("RESERVE", "RESERVE", "BIND"), rig.receiver.said);
    }

    @Test
    void shouldAskAgainWhileItIsVerified() {
        long handoff = finSent(1);
        rig.receiver.status = HandoffState.VERIFYING;
        rig.receiver.loseSessions();
        rig.until("several questions", () -> rig.receiver.said.stream().filter("QUERY"::equals).count() >= 4);
        assertEquals(OutboundState.UNKNOWN, rig.sender.state(handoff));
        assertFalse(rig.events.contains("landed " + handoff));

        rig.receiver.status = HandoffState.READY;
        rig.until("landed", () -> rig.events.contains("landed " + handoff));
        rig.receiver.status = HandoffState.TAKEN;
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldLeaveTheEndToTheReceiverPastItsDeadlineOnceAllWasSent() {
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64).withDeadlineMs(400);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        advance(1_000);
        assertEquals(OutboundState.FIN_SENT, rig.sender.state(handoff));

        rig.receiver.ready(rig.receiver.only());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldNotWaitForTheReceiversWordForEver() {
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64).withDeadlineMs(400);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("failed OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        assertEquals(EndReason.OUTCOME_UNKNOWN, rig.receiver.only().abortedBySender);
        rig.assertRight();
    }

    @Test
    void shouldTakeTheReadyThatComesOnTheNextSession() {
        long handoff = finSent(1);
        rig.receiver.loseSessions();
        rig.until("a question", () -> rig.receiver.said.contains("QUERY"));
        rig.receiver.plane.forEachSession(session -> rig.receiver.only().session = session);
        rig.receiver.ready(rig.receiver.only());
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldNotKnowTheOutcomeOfAProcessThatBeganAnew() {
        long handoff = finSent(1);
        rig.restartReceiver();
        assertEquals("failed OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        assertFalse(rig.receiver.said.contains("QUERY"));
        rig.assertRight();
    }

    @Test
    void shouldGiveUpThirteenSecondsAfterTheDeadline() {
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64).withDeadlineMs(2_000);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        long beganNs = rig.nowNs;
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        rig.receiver.loseSessions();
        advance(14_000);
        assertEquals(OutboundState.UNKNOWN, rig.sender.state(handoff));
        assertEquals("failed OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        assertTrue(rig.nowNs - beganNs <= TimeUnit.MILLISECONDS.toNanos(15_050), () -> "afterNs=" + (rig.nowNs - beganNs));
        rig.assertRight();
    }

    /** At clocks on both sides of 0: times wrap round. */
    @ParameterizedTest
    @ValueSource(ints = {1, 60_000})
    void shouldGiveUpThirteenSecondsAfterTheDeadlineWhereTheSessionIsLostAfterIt(int startMs) {
        advance(startMs);
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64).withDeadlineMs(400);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        long beganNs = rig.nowNs;
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        advance(1_000);
        rig.receiver.loseSessions();
        advance(11_000);
        assertEquals(OutboundState.UNKNOWN, rig.sender.state(handoff));
        assertEquals("failed OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        assertTrue(rig.nowNs - beganNs <= TimeUnit.MILLISECONDS.toNanos(13_500), () -> "afterNs=" + (rig.nowNs - beganNs));
        rig.assertRight();
    }

    @Test
    void shouldStayLandedOverALostSessionAndAskForTheOutcome() {
        long handoff = landed(1);
        rig.receiver.status = HandoffState.READY;
        rig.receiver.loseSessions();
        rig.until("a question", () -> rig.receiver.said.contains("QUERY"));
        rig.steps(20);
        assertEquals(OutboundState.LANDED, rig.sender.state(handoff));
        rig.receiver.status = HandoffState.TAKEN;
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        assertEquals(1, rig.events.stream().filter(("landed " + handoff)::equals).count());
        rig.assertRight();
    }

    @Test
    void shouldEndALandedHandoffWhoseReceiverBeganAnew() {
        long handoff = landed(1);
        rig.restartReceiver();
        assertEquals("NULL_VAL OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    @Test
    void shouldReserveAgainAtOnceOnTheNextSession() {
        rig.receiver.isSilent = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.said.clear();
        rig.receiver.isSilent = false;
        rig.receiver.loseSessions();
        rig.awaitGrant(handoff);
        assertEquals("RESERVE", rig.receiver.said.getFirst());
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        rig.assertRight();
    }

    /** A restart takes its time; the deadline bounds it, nothing else. */
    @Test
    void shouldWaitForTheNextSessionUntilItsDeadline() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 64).withDeadlineMs(20_000));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        long beganNs = rig.nowNs;
        rig.network.kill("r", FakeReceiver.PORT);
        rig.until("the loss", () -> rig.plane.sessionCount() == 0);
        advance(10_000);
        assertEquals(OutboundState.RESERVING, rig.sender.state(handoff));
        assertEquals("failed DEADLINE", rig.awaitEnd(handoff));
        assertTrue(rig.nowNs - beganNs <= TimeUnit.MILLISECONDS.toNanos(20_020), () -> "afterNs=" + (rig.nowNs - beganNs));
    }

    @Test
    void shouldSayTheCancelThatItOwesOnTheNextSession() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.loseSessions();
        rig.until("the loss", () -> rig.plane.sessionCount() == 0);
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        assertFalse(rig.receiver.said.contains("CANCEL"));
        rig.until("CANCEL", () -> rig.receiver.said.contains("CANCEL"));
        rig.receiver.said.clear();
        rig.receiver.loseSessions();
        rig.until("no session", () -> rig.plane.sessionCount() == 0);
        rig.awaitSession();
        rig.steps(20);
        assertFalse(rig.receiver.said.contains("CANCEL"), "it is owed once");
        rig.assertRight();
    }

    @Test
    void shouldOweAProcessThatBeganAnewNothing() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.restartReceiver();
        rig.until("the loss", () -> rig.plane.sessionCount() == 0);
        rig.engine.cancel(handoff);
        rig.awaitEnd(handoff);
        rig.awaitSession();
        rig.steps(20);
        assertEquals(List.of(), rig.receiver.said);
    }

    @Test
    void shouldTellEveryPeerAndTheEngineWhenTheSenderGoesDown() {
        rig.receiver.isSilent = true;
        long reserving = rig.begin(rig.spec(1, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.isSilent = false;
        HandoffSpec spec = rig.spec(2, 64);
        long streaming = rig.begin(spec);
        rig.awaitGrant(streaming);
        assertTrue(rig.fill(streaming, spec, 0));
        rig.engine.chunkReady(streaming, 16);
        rig.steps(3);
        HandoffSpec kept = HandoffSpec.sourceFirst(SenderRig.id(3), 64);
        long parked = rig.begin(kept);
        rig.prefill(parked, kept, null);
        rig.steps(3);

        rig.sender.shutdown();
        for (long handoff : new long[] {reserving, streaming, parked}) {
            assertEquals("failed SHUTDOWN", rig.awaitEnd(handoff));
        }
        rig.steps(5);
        assertEquals(EndReason.SHUTDOWN, rig.receiver.only().abortedBySender);
        assertTrue(rig.receiver.only().isDrained);
        assertEquals(1, rig.receiver.said.stream().filter("CANCEL"::equals).count());
        rig.assertRight();
    }

    /** READY may be on its way, and who is told of a failure tries again: what was sent whole must not be decoded twice. */
    @Test
    void shouldNotSayThatItFailedWhereTheReceiverMayStillDeliverWhenTheSenderGoesDown() {
        long handoff = finSent(1);
        rig.sender.shutdown();
        assertEquals("failed OUTCOME_UNKNOWN", rig.awaitEnd(handoff));
        rig.steps(5);
        assertEquals(EndReason.SHUTDOWN, rig.receiver.only().abortedBySender);
        assertTrue(rig.receiver.only().isDrained);
        rig.assertRight();
    }
}
