package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.sender.core.SenderCounters.Kind;

/** A receiver that is proved to be dead: every engine hears of it at once, and nobody waits for what it can never say. */
class PeerGoneTest {
    private static final long WITHIN_NS = TimeUnit.MILLISECONDS.toNanos(60);

    private SenderRig rig;

    @BeforeEach
    void open() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16))), Sharding.SINGLE);
        rig = new SenderRig(layout, layout, 2, 2, 4L << 20, 1 << 20);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private String endAfterItsDeath(long handoff) {
        rig.network.kill("r", FakeReceiver.PORT);   // its lanes say nothing, as memory that both map does not
        rig.isReceiverGone = true;
        long diedNs = rig.nowNs;
        String end = rig.awaitEnd(handoff);
        assertTrue(rig.nowNs - diedNs <= WITHIN_NS, () -> "afterNs=" + (rig.nowNs - diedNs));
        rig.isReceiverGone = false;
        return end;
    }

    private long streaming(long request) {
        HandoffSpec spec = rig.spec(request, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.steps(3);
        return handoff;
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
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        assertEquals("failed OUTCOME_UNKNOWN", endAfterItsDeath(handoff));
        rig.assertRight();
    }

    @Test
    void shouldEndALandedHandoffThatItTookAlong() {
        rig.receiver.isOutcomeHeld = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("landed", () -> rig.events.contains("landed " + handoff));
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
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        rig.receiver.loseSessions();
        rig.until("the loss", () -> rig.sender.state(handoff) == OutboundState.UNKNOWN);
        rig.steps(1_000);
        assertEquals(OutboundState.UNKNOWN, rig.sender.state(handoff));
        assertEquals(0, rig.sender.counters().count(Kind.PEERS_GONE));
    }
}
