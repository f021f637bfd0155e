package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.core.SenderCounters.Kind;

/** A receiver that is proved to be dead: every engine hears of it at once, and nobody waits for what it can never say. */
class PeerGoneTest extends RiggedTest {
    private static final long WITHIN_NS = TimeUnit.MILLISECONDS.toNanos(60);

    private String endAfterItsDeath(long handoff) {
        rig.network.kill("r", FakeReceiver.PORT);   // its lanes say nothing, as memory that both map does not
        rig.isReceiverGone = true;
        long diedNs = rig.nowNs;
        String end = rig.awaitEnd(handoff);
        assertTrue(rig.nowNs - diedNs <= WITHIN_NS, () -> "afterNs=" + (rig.nowNs - diedNs));
        rig.isReceiverGone = false;
        return end;
    }

    @Test
    void shouldTellTheEngineAtOnceThatTheReceiverDied() {
        long handoff = streaming(1);
        assertEquals("failed PEER_LOST", endAfterItsDeath(handoff));
        assertEquals(1, rig.sender.counters().count(Kind.PEERS_GONE));
        rig.assertRight();
    }

    @Test
    void shouldNotWaitForTheOutcomeOfAHandoffThatItTookAlong() {
        long handoff = finSent(1);
        assertEquals("failed OUTCOME_UNKNOWN", endAfterItsDeath(handoff));
        rig.assertRight();
    }

    @Test
    void shouldEndALandedHandoffThatItTookAlong() {
        long handoff = landed(1);
        assertEquals("NULL_VAL OUTCOME_UNKNOWN", endAfterItsDeath(handoff));
        rig.assertRight();
    }

    /** What waits for memory loses nothing by it: its successor is asked, however long its start takes. */
    @Test
    void shouldReserveWithItsSuccessor() {
        long lost = streaming(1);
        rig.receiver.isSilent = true;
        HandoffSpec spec = rig.spec(2, 64);
        long waiting = rig.begin(spec);
        rig.steps(3);
        assertEquals(OutboundState.RESERVING, rig.sender.state(waiting));
        assertEquals("failed PEER_LOST", endAfterItsDeath(lost));
        rig.restartReceiver();
        rig.awaitGrant(waiting);
        rig.prefill(waiting, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(waiting));
        rig.assertRight();
    }

    /** A lane that breaks proves nothing of the process at its other end. */
    @Test
    void shouldNotTakeALostSessionForADeadProcess() {
        long handoff = finSent(1);
        rig.receiver.loseSessions();
        rig.until("the loss", () -> rig.sender.state(handoff) == OutboundState.UNKNOWN);
        rig.steps(1_000);
        assertEquals(OutboundState.UNKNOWN, rig.sender.state(handoff));
        assertEquals(0, rig.sender.counters().count(Kind.PEERS_GONE));
    }
}
