package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.node.HostPort;

/** A receiving instance of two processes: what is said to the one that did not grant. */
class GangTargetsTest extends RiggedTest {
    private static final long MEMBER = 0x9999;

    /** To be bound at both, which tell no addresses. */
    private long granted(int lanesOfMember) {
        rig.other = new FakeReceiver("member", MEMBER, FakeReceiver.PORT + 1, rig.network, rig.lanes, rig.ledger, rig.layout,
            ShardRange.all(rig.layout.sharding().count()), lanesOfMember, SenderRig.EXTENT_BYTES);
        rig.receiver.isBindSilent = true;
        int gang = rig.sender.connect(new HostPort("r", FakeReceiver.PORT), List.of(new HostPort("r", FakeReceiver.PORT + 1)));
        rig.until("sessions", () -> rig.receiver.plane.sessionCount() > 0 && rig.other.plane.sessionCount() == 1);
        return rig.begin(HandoffSpec.destinationFirst(SenderRig.id(1), gang, 64));
    }

    /** Its leader cannot pass it on any more, and the member's memory would wait for another proof. */
    @Test
    void shouldSayDrainedToTheMemberThoughTheLeaderIsLost() {
        long handoff = granted(2);
        rig.until("BIND at the member", () -> rig.other.said.contains("BIND"));
        assertEquals(OutboundState.GRANTED, rig.sender.state(handoff));
        rig.receiver.loseSessions();
        assertEquals("failed SESSION_LOST", rig.awaitEnd(handoff));
        rig.steps(10);
        assertEquals(List.of("BIND", "DRAINED"), rig.other.said);
        rig.assertRight();
    }

    @Test
    void shouldSayDrainedToBoth() {
        long handoff = granted(2);
        rig.until("BIND at the member", () -> rig.other.said.contains("BIND"));
        rig.engine.cancel(handoff);
        assertEquals("failed CANCELLED", rig.awaitEnd(handoff));
        rig.steps(10);
        assertEquals(List.of("BIND", "DRAINED"), rig.other.said);
        assertTrue(rig.receiver.said.contains("DRAINED"), rig.receiver.said::toString);
        rig.assertRight();
    }

    /** Lanes are numbered through the processes: of which kind they are is each one's own, how many is not. */
    @Test
    void shouldEndWhereTheMemberHasAnotherNumberOfLanes() {
        long handoff = granted(1);
        assertEquals("failed NO_TRANSPORT", rig.awaitEnd(handoff));
        assertTrue(rig.events.getLast().contains("member=member"), rig.events::toString);
        assertFalse(rig.other.said.contains("BIND"));
        rig.assertRight();
    }
}
