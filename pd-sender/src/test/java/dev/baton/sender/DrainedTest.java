package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;

/** Whoever may have posted a write says DRAINED, whichever word of the end came through. */
class DrainedTest extends RiggedTest {
    private long inState(OutboundState state) {
        if (state == OutboundState.GRANTED) {
            rig.receiver.isBindSilent = true;
            long handoff = rig.begin(rig.spec(1, 64));
            rig.until("BIND", () -> rig.receiver.said.contains("BIND"));
            return handoff;
        }
        return state == OutboundState.FIN_SENT ? finSent(1) : streaming(1);
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
