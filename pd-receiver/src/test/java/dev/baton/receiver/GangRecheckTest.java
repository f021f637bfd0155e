package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.GangRecords;

/** What landed whole of an attempt that failed is kept where every process has read its shards of it again, and is still there. */
class GangRecheckTest {
    private static final long[] KEYS = {11, 12, 13, 14, 15, 16};
    /** Two blocks of a shard lie in each extent. */
    private static final int VERIFIED = 5;
    private static final int KEPT = 4;

    private final GangRig rig = new GangRig();

    @BeforeEach
    void failOnceFencedEverywhere() {
        rig.withMember();
        rig.granted(1, KEYS.length, KEYS);
        rig.bind(rig.toLeader, "tcp");
        rig.bind(rig.toMember, "shm");
        for (int cell = 0; cell < 2 * VERIFIED; cell++) {
            rig.lines(1, cell);
            rig.verified(cell);
        }
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        assertEquals(List.of(), rig.leaderZone.ordersOf("recheck"), "the sender may still write at the member");
        assertEquals(List.of(), rig.memberZone.ordersOf("recheck"));
        rig.drained();
        rig.step(5);
        List<String> orders = List.of("recheck " + rig.grant.reservation().counter() + " end=" + KEYS.length);
        assertEquals(orders, rig.leaderZone.ordersOf("recheck"));
        assertEquals(orders, rig.memberZone.ordersOf("recheck"));
        rig.toLeader.take();
    }

    @AfterEach
    void closeRig() {
        rig.close();
    }

    private void leaderHasRead(int endBlock) {
        for (int lane = 0; lane < RecordingZone.LANES; lane++) {
            rig.leader.onRechecked(rig.grant.reservation().counter(), lane, endBlock);
        }
        rig.step(3);
    }

    private void memberHasRead(int endBlock) {
        for (int lane = 0; lane < RecordingZone.LANES; lane++) {
            rig.member.onRechecked(rig.grant.reservation().counter(), lane, endBlock);
        }
        rig.step(3);
    }

    @Test
    void shouldKeepWhatEveryProcessFoundRight() {
        leaderHasRead(VERIFIED);
        assertEquals(1, rig.ledger.liveCount(), "the member has not told yet");
        memberHasRead(VERIFIED);
        assertEquals(0, rig.ledger.liveCount());
        assertEquals(0, rig.used());
        assertEquals(KEPT, rig.landed(2, KEYS.length, KEYS));
    }

    @Test
    void shouldKeepNoMoreThanTheMemberFoundRight() {
        leaderHasRead(VERIFIED);
        memberHasRead(2);
        assertEquals(2, rig.landed(2, KEYS.length, KEYS));
    }

    @Test
    void shouldKeepNoMoreThanTheLeaderFoundRight() {
        memberHasRead(VERIFIED);
        leaderHasRead(2);
        assertEquals(2, rig.landed(2, KEYS.length, KEYS));
    }

    /** It had said that all is right, and went: a part of each block went with it. */
    @Test
    void shouldKeepNothingThoughTheMemberWentAfterItHadRead() {
        memberHasRead(VERIFIED);
        rig.killMember();
        leaderHasRead(VERIFIED);
        assertEquals(0, rig.ledger.liveCount());
        assertEquals(0, rig.ledger.extents().counts().totals().evictable());
        rig.startMember(GangRig.MEMBER + 1, GangRig.EXTENTS);
        assertEquals(0, rig.landed(2, KEYS.length, KEYS));
    }

    @Test
    void shouldKeepNothingOfWhatTheMemberDidNotReadInTime() {
        leaderHasRead(VERIFIED);
        rig.step(1_100);
        assertEquals(0, rig.ledger.liveCount());
        memberHasRead(VERIFIED);
        assertEquals(0, rig.landed(2, KEYS.length, KEYS));
    }

    /** An order to read what may still be written cannot be. */
    @Test
    void shouldCloseTheSessionOfALeaderThatHasReadWhatIsNotRevoked() {
        leaderHasRead(VERIFIED);
        memberHasRead(VERIFIED);
        rig.granted(2, 2);
        GangRecords records = new GangRecords();
        records.add(GangProxy.RECHECK, rig.grant.reservation().counter(), 1, 0, 0, 0);
        new GangProxy().orders(rig.sessionOfLeader(), records);
        rig.step(3);
        assertEquals(1, rig.member.counters().protocolErrors());
        assertTrue(rig.toLeader.take().contains("OUTCOME 2 ABORTED MEMBER_LOST"));
    }
}
