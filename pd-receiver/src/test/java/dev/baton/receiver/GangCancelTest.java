package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.EndReason;

/** Nobody wants any more what the engines of all processes have taken: each that still reads it hears so. */
class GangCancelTest {
    private GangRig rig;

    @BeforeEach
    void take() {
        rig = new GangRig();
        rig.withMember();
        rig.landed(1, GangRig.BLOCKS);
        rig.taken();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void cancel() {
        rig.core.cancel(rig.grant.handoff(), EndReason.CANCELLED);
        rig.step(3);
    }

    @Test
    void shouldTellEveryEngineOnce() {
        cancel();
        cancel();
        assertEquals(List.of("ready 1", "cancelled 1"), rig.leaderEngine.told);
        assertEquals(List.of("ready 1", "cancelled 1"), rig.memberEngine.told);
        rig.released();
        assertEquals(0, rig.ledger.liveCount());
    }

    @Test
    void shouldTellNoEngineThatHasLetGo() {
        assertTrue(rig.member.release(rig.grant.reservation().counter()));
        rig.step(3);
        cancel();
        assertEquals(List.of("ready 1", "cancelled 1"), rig.leaderEngine.told);
        assertEquals(List.of("ready 1"), rig.memberEngine.told);
    }
}
