package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;

/** Whoever may have posted a write says DRAINED, whichever word of the end came through. */
class DrainedTest {
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

    private long inState(OutboundState state) {
        rig.receiver.isReadyHeld = true;
        rig.receiver.isBindSilent = state == OutboundState.GRANTED;
        HandoffSpec spec = rig.spec(1, 64);
        long handoff = rig.begin(spec);
        if (state == OutboundState.GRANTED) {
            rig.until("BIND", () -> rig.receiver.said.contains("BIND"));
            return handoff;
        }
        rig.awaitGrant(handoff);
        if (state == OutboundState.FIN_SENT) {
            rig.prefill(handoff, spec, null);
            rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        } else {
            assertTrue(rig.fill(handoff, spec, 0));
            rig.engine.chunkReady(handoff, 16);
            rig.steps(3);
        }
        return handoff;
    }

    /** Its ABORT was lost, and the session goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"GRANTED", "STREAMING", "FIN_SENT"})
    void shouldSayDrainedWhereOnlyTheOutcomeCame(OutboundState state) {
        long handoff = inState(state);
        assertEquals(state, rig.sender.state(handoff));
        rig.receiver.aborted(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        assertEquals("failed LEASE_EXPIRED", rig.awaitEnd(handoff));
        rig.steps(3);
        assertTrue(rig.receiver.only().isDrained, rig.receiver.said::toString);
        rig.assertRight();
    }

    /** The receiver lost the first one. */
    @Test
    void shouldSayDrainedAgainToAnAbortOfWhatIsOver() {
        long handoff = inState(OutboundState.STREAMING);
        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        rig.awaitEnd(handoff);
        rig.steps(3);
        rig.receiver.said.clear();

        rig.receiver.abort(rig.receiver.only(), EndReason.LEASE_EXPIRED);
        rig.steps(3);
        assertEquals(List.of("ABORT_ACK", "DRAINED"), rig.receiver.said);
        rig.assertRight();
    }
}
