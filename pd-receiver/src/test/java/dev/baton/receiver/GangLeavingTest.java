package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A member goes down in order while requests wait for the memory of its gang. */
class GangLeavingTest {
    private final GangRig rig = new GangRig().withMember();

    @AfterEach
    void closeRig() {
        rig.close();
    }

    /** What came then was refused all along; what waited already was granted when memory came back. */
    @Test
    void shouldGrantNothingThatWaitsWhileAMemberGoesDown() {
        rig.landed(1, GangRig.BLOCKS);
        rig.reserve(2, GangRig.EXTENTS * GangRig.BLOCKS);
        List<String> queued = rig.toLeader.take();
        assertTrue(queued.getFirst().startsWith("QUEUED 2"), queued::toString);
        rig.member.drain();
        rig.step(3);
        List<String> said = rig.toLeader.take();
        assertEquals(1, said.size(), said::toString);
        assertTrue(said.getFirst().startsWith("REJECT 2 GANG_INCOMPLETE retryAfterMs=500 "), said::toString);
        assertEquals(1, rig.ledger.liveCount(), "what is READY goes on alone");
        rig.taken();
        rig.released();
        rig.step(100);
        assertEquals(List.of(), rig.toLeader.take());
        assertEquals(0, rig.member.shareCount());
        assertEquals(0, rig.ledger.liveCount());
    }

    /** A leader that has yet to hear that a member goes grants on; what comes from it then is no more than the member's engine had when it ended all. */
    @Test
    void shouldTellItsEngineOfWhatIsGrantedOnceItHasEndedAll() {
        rig.sayReserve(1, GangRig.BLOCKS);
        rig.member.shutdown();
        rig.step(3);
        assertEquals("GRANT 1", rig.toLeader.take().getFirst());
        assertEquals(1, rig.member.shareCount(), "granted before its leader knew");
        assertEquals(List.of("ended 1 SHUTDOWN"), rig.memberEngine.told);
        rig.step(100);
        assertEquals(1, rig.memberEngine.told.size(), "once");
    }
}
