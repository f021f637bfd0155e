package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.FailedWrites;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.GangRecords;

/** Two processes hold a request's shards: one of them allocates, and an address is told only in answer to BIND. */
class GangTest {
    private final GangRig rig = new GangRig();

    @AfterEach
    void closeRig() {
        rig.close();
    }

    @Test
    void shouldGrantNothingUntilEveryShardIsLent() {
        rig.reserve(1);
        assertRefused(1, "no process of the gang has lent shard=1");
        rig.withMember();
        rig.granted(2);
        assertEquals(2, rig.used(), "an extent of each shard");
        assertEquals(List.of("open " + rig.grant.reservation().counter() + " cells=4 parts=1"), rig.memberZone.ordersOf("open"));
    }

    @Test
    void shouldTellEachProcessesAddressesOnlyInAnswerToABindThere() {
        rig.withMember();
        rig.granted(1);
        rig.step(100);
        assertEquals(List.of(), rig.toMember.take());
        rig.bind(rig.toLeader, "tcp");
        assertEquals(List.of("ADDRESSES part=0 extents=1"), rig.toLeader.take());
        assertEquals(List.of(0), rig.toLeader.shardsTold);
        assertEquals(List.of(), rig.toMember.take());
        rig.bind(rig.toMember, "tcp", rig.grant.tokenLow() + 1, rig.grant.reservation().counter());
        assertEquals(List.of("STALE what=TOKEN template=" + BindDecoder.TEMPLATE_ID), rig.toMember.take());
        rig.bind(rig.toMember, "tcp");
        assertEquals(List.of("ADDRESSES part=0 extents=1"), rig.toMember.take());
        assertEquals(List.of(1), rig.toMember.shardsTold);
        assertTrue(rig.toMember.partTokenLow != rig.toLeader.partTokenLow, "a token of its own");
    }

    /** The leader tells member and sender at once: the sender's BIND may be there first. */
    @Test
    void shouldHoldABindThatOvertakesItsGrantAndRefuseOneThatIsForNone() {
        rig.withMember();
        rig.granted(1);
        long next = rig.grant.reservation().counter() + 16 + 1;
        rig.bind(rig.toMember, "tcp", rig.grant.tokenLow() + 2, next - 1);
        rig.bind(rig.toMember, "tcp", 7, 4711);
        assertEquals(List.of(), rig.toMember.take(), "both wait");
        rig.step(1_100);
        assertEquals(List.of("STALE what=RESERVATION template=14", "STALE what=RESERVATION template=14"), rig.toMember.take());
        long known = rig.grant.reservation().counter();
        rig.granted(2);
        long step = rig.grant.reservation().counter() - known;
        rig.bind(rig.toMember, "tcp", 7, rig.grant.reservation().counter() + step);
        assertEquals(List.of(), rig.toMember.take());
        rig.reserve(3);
        assertEquals(List.of("STALE what=TOKEN template=14"), rig.toMember.take(), "judged as soon as the grant is known");
    }

    @Test
    void shouldLetNoWriterInThatDoesNotHoldItsLock() {
        rig.withMember();
        rig.granted(1);
        rig.memberZone.fence.isHeld = false;
        rig.bind(rig.toMember, "shm");
        assertEquals(List.of("STALE what=RESERVATION template=14"), rig.toMember.take());
        assertEquals(List.of(), rig.memberZone.ordersOf("bind"));
    }

    @Test
    void shouldBeReadyOnceBothProcessesHaveEveryCellAndGoBackOnceBothEnginesHaveReadIt() {
        bound("tcp");
        rig.lines(1, 0, 1, 2, 3);
        assertEquals(2, rig.leaderZone.ordersOf("line").size());
        assertEquals(2, rig.memberZone.ordersOf("line").size());
        rig.verified(0);
        rig.verified(2);
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        rig.verified(1);
        assertEquals(List.of(), rig.leaderEngine.told);
        assertEquals(1, rig.memberZone.ordersOf("seal").size());
        rig.verified(3);
        assertEquals(List.of("ready 1"), rig.leaderEngine.told);
        assertEquals(List.of("READY 1"), rig.toLeader.take());
        assertEquals(List.of(), rig.memberEngine.told, "not before it is delivered");

        long handle = rig.leaderEngine.ready.getFirst().handle();
        assertTrue(rig.core.receiving().take(handle));
        rig.step(3);
        assertEquals(List.of("OUTCOME 1 DELIVERED NONE"), rig.toLeader.take());
        assertEquals(List.of("ready 1"), rig.memberEngine.told);
        ReadyHandoff share = rig.memberEngine.ready.getFirst();
        for (int cell = 0; cell < 4; cell++) {
            assertEquals(cell % 2 == 1, share.landed().isHere(cell));
            assertEquals(cell % 2 == 0, rig.leaderEngine.ready.getFirst().landed().isHere(cell));
        }
        assertTrue(rig.core.receiving().release(handle));
        rig.step(3);
        assertEquals(2, rig.used(), "the member's engine still reads");
        assertTrue(rig.member.release(share.handle()));
        rig.step(3);
        assertEquals(0, rig.ledger.liveCount());
        assertEquals(0, rig.member.shareCount());
        assertFalse(rig.member.release(share.handle()));
    }

    /** Its memory went back with the engine that it was told to, and is others' by now. */
    @Test
    void shouldLetNoEngineTakeWhatWasToldToTheOneBeforeItAtAMember() {
        rig.withMember();
        rig.landed(1, GangRig.BLOCKS);
        rig.taken();
        ReadyHandoff unheard = rig.memberEngine.ready.getLast();
        rig.member.engineAttached(false);
        rig.step(3);
        assertTrue(rig.core.receiving().release(rig.grant.reservation().counter()));
        rig.step(3);
        assertEquals(0, rig.used(), "nobody reads it any more");
        rig.member.engineAttached(true);
        assertFalse(unheard.take(), "it is nobody's to read");
    }

    @Test
    void shouldWaitForItsOwnEngineWhereTheMembersWasQuicker() {
        ready("tcp");
        long handle = rig.grant.reservation().counter();
        rig.core.receiving().take(handle);
        rig.step(3);
        rig.member.release(handle);
        rig.step(3);
        assertEquals(1, rig.ledger.liveCount());
        assertTrue(rig.core.receiving().release(handle));
        rig.step(3);
        assertEquals(0, rig.ledger.liveCount());
        assertEquals(0, rig.member.shareCount());
    }

    @Test
    void shouldAskAMembersBadCellAgain() {
        bound("tcp");
        rig.lines(1, 0, 1, 2, 3);
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        rig.verified(0);
        rig.verified(1);
        rig.verified(2);
        rig.member.onCellCorrupt(rig.grant.reservation().counter(), 3, 1, 2);
        rig.step(3);
        assertEquals(List.of("NACK round=1 cells 3"), rig.toLeader.take());
        assertEquals(List.of("reopen " + rig.grant.reservation().counter() + " lane=0 cell=3"), rig.memberZone.ordersOf("reopen"));
        assertEquals(List.of(), rig.leaderZone.ordersOf("reopen"));
        rig.lines(2, 3);
        rig.verified(3);
        rig.fin(2, 0, 1, 2, 3);
        rig.marks(2);
        assertEquals(List.of("READY 1"), rig.toLeader.take());
    }

    /** A line on a lane of the other process is of no cell of its own. */
    @Test
    void shouldEndOnALineThatNamesALaneOfTheWrongProcess() {
        bound("tcp");
        rig.proxy.chunkBegin(rig.toLeader.session, rig.grant.reservation(), 0, 1, 0);
        rig.proxy.chunkLine(1, GangRig.HALF, ReceiverRig.crcOf(1), GangRig.laneOf(1) - RecordingZone.LANES, 1);
        rig.proxy.chunkEnd();
        rig.step(3);
        assertEquals(List.of("ABORT 1 PROTOCOL", "OUTCOME 1 ABORTED PROTOCOL"), rig.toLeader.take());
        rig.await("memory is back", 1, () -> rig.used() == 0);
    }

    @Test
    void shouldEndWhenTheSenderLosesItsSessionWithTheMemberAlone() {
        bound("tcp");
        rig.lines(1, 0, 1);
        rig.toMember.session.close(EndReason.SILENT);
        rig.step(5);
        assertEquals(List.of("ABORT 1 SESSION_LOST", "OUTCOME 1 ABORTED SESSION_LOST"), rig.toLeader.take());
        assertEquals(List.of("ended 1 SESSION_LOST"), rig.leaderEngine.told);
        assertEquals(List.of("ended 1 SESSION_LOST"), rig.memberEngine.told);
        rig.await("memory is back", 1, () -> rig.used() == 0);
        assertEquals("", rig.leader.missing(), "the member itself is still there");
    }

    /** Neither end's acknowledgement alone is proof for the other's memory. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFreeNothingBeforeTheDataAgentsOfBothProcessesHaveAcknowledged(boolean isMemberStuck) {
        bound("tcp");
        rig.lines(1, 0, 1);
        rig.isMemberAgentStuck = isMemberStuck;
        rig.isLeaderAgentStuck = !isMemberStuck;
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(4_000);
        assertEquals(2, rig.used());
        assertEquals(2, rig.ledger.extents().counts().totals().quarantined());
        rig.isMemberAgentStuck = false;
        rig.isLeaderAgentStuck = false;
        rig.step(5);
        assertEquals(0, rig.used());
        assertEquals(0, rig.member.shareCount());
    }

    /** The leader cannot know whether a member has told an address: it is as if all had. */
    @Test
    void shouldNotFreeAGrantThatNobodyBoundAtTheLeaderBeforeTheMemberSaysSo() {
        rig.withMember();
        rig.granted(1);
        rig.isMemberAgentStuck = true;
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(100);
        assertEquals(2, rig.used());
        rig.isMemberAgentStuck = false;
        rig.step(5);
        assertEquals(0, rig.used());
    }

    @Test
    void shouldTakeNoOrdersFromAnyoneButItsLeader() {
        rig.withMember();
        GangProxy stranger = new GangProxy();
        stranger.returned(rig.toMember.session);
        rig.step(3);
        assertEquals(1, rig.member.counters().stale());
        stranger.lendBegin(rig.toMember.session, 1);
        stranger.lendRun(0, 0, GangRig.EXTENTS);
        stranger.lendEnd();
        rig.step(3);
        assertEquals(1, rig.member.counters().protocolErrors());
        assertTrue(rig.member.isLent());
        rig.granted(1);
    }

    /** Whoever may speak to the leader, its members' words are theirs, and it has no leader. */
    @Test
    void shouldTakeNoMembersWordFromAnyoneElse() {
        bound("tcp");
        rig.lines(1, 0, 1, 2, 3);
        long stale = rig.core.counters().stale();
        long errors = rig.core.counters().protocolErrors();
        GangRecords records = new GangRecords();
        for (int cell = 0; cell < 4; cell++) {
            records.add(GangProxy.VERIFIED, rig.grant.reservation().counter(), cell, GangRig.HALF, 0, 0);
        }
        GangProxy stranger = new GangProxy();
        stranger.events(rig.toLeader.session, records);
        rig.step(3);
        assertEquals(stale + 1, rig.core.counters().stale());
        stranger.orders(rig.toLeader.session, records);
        rig.step(3);
        assertEquals(errors + 1, rig.core.counters().protocolErrors());
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        assertEquals(List.of(), rig.toLeader.take(), "nothing of it is verified");
    }

    /** What lay there went with its process: the next one's memory must not be read for it. */
    @Test
    void shouldForgetWhatIsCachedWhenAMemberIsLost() {
        ready("tcp");
        long handle = rig.leaderEngine.ready.getFirst().handle();
        assertTrue(rig.core.receiving().take(handle));
        rig.step(3);
        assertTrue(rig.core.receiving().release(handle));
        assertTrue(rig.member.release(rig.memberEngine.ready.getFirst().handle()));
        rig.step(3);
        assertEquals(2, rig.ledger.extents().counts().totals().evictable());
        rig.killMember();
        assertEquals(0, rig.ledger.extents().counts().totals().evictable());
    }

    @Test
    void shouldFreeOneSidedMemoryOfBothProcessesOnTheSendersWord() {
        bound("shm");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        assertEquals(2, rig.used());
        rig.drained();
        rig.step(5);
        assertEquals(0, rig.used());
    }

    /** One of its lanes to the member failed: of that one's memory the leader's proof says nothing, and its own needs no other. */
    @Test
    void shouldFreeTheLeadersMemoryAloneWhereWritesToTheMemberFailed() {
        bound("shm");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        rig.drained(rig.toLeader, FailedWrites.of(0, true));
        rig.step(5);
        assertEquals(1, rig.member.shareCount(), "its own is in doubt");
        assertEquals(2, rig.used(), "granted and freed as one");
        rig.memberZone.fence.isHeld = false;
        rig.step(20);
        assertEquals(0, rig.used(), "the leader awaits nothing more");
        assertEquals(0, rig.member.shareCount());
    }

    /** The leader may have no session with it any more, and what it said here may be lost. */
    @Test
    void shouldAskASenderAgainWhoseWordTheMemberAwaits() {
        bound("shm");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        rig.drained(rig.toLeader, FailedWrites.of(0, true));
        rig.toMember.take();
        rig.step(4_000);
        assertEquals(List.of(), rig.toMember.take());
        rig.step(1_010);
        assertEquals(List.of("ABORT 1 CANCELLED"), rig.toMember.take());
        rig.drained(rig.toMember, FailedWrites.of(0, false));
        rig.step(5_100);
        assertEquals(List.of(), rig.toMember.take(), "it has said so");
        assertEquals(0, rig.used());
    }

    /** Without its word each process needs a proof of its own. */
    @Test
    void shouldNotFreeOneSidedMemoryOnTheLeadersProofAlone() {
        bound("shm");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.leaderZone.fence.isHeld = false;
        rig.step(4_000);
        assertEquals(2, rig.used(), "the sender may still write at the member");
        rig.memberZone.fence.isHeld = false;
        rig.step(60);
        assertEquals(0, rig.used());
    }

    @Test
    void shouldTurnAMemberAwayThatLaysOutOtherSlabs() {
        rig.startMember(GangRig.MEMBER, GangRig.EXTENTS / 2);
        rig.step(1_000);
        assertFalse(rig.member.isLent());
        assertTrue(rig.log.getFirst().contains("--pool"), rig.log::toString);
        rig.reserve(1);
        assertRefused(1, "shard=1");
    }

    @Test
    void shouldGrantNothingNewWhileAMemberGoesDownAndFinishWhatIsUnderWay() {
        ready("tcp");
        rig.member.drain();
        rig.step(3);
        rig.reserve(2);
        assertRefused(2, "goes down");
        long handle = rig.grant.reservation().counter();
        rig.core.receiving().take(handle);
        rig.core.receiving().release(handle);
        rig.step(3);
        rig.member.release(handle);
        rig.step(3);
        assertEquals(0, rig.member.shareCount());
        assertEquals(0, rig.ledger.liveCount());
    }

    private void bound(String scheme) {
        rig.bound(scheme, scheme);
    }

    private void ready(String scheme) {
        bound(scheme);
        rig.lines(1, 0, 1, 2, 3);
        for (int cell = 0; cell < 4; cell++) {
            rig.verified(cell);
        }
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        assertEquals(List.of("READY 1"), rig.toLeader.take());
    }

    private void assertRefused(long request, String detail) {
        String said = rig.toLeader.take().getLast();
        assertTrue(said.startsWith("REJECT " + request + " GANG_INCOMPLETE retryAfterMs=500 ") && said.contains(detail), said);
    }
}
