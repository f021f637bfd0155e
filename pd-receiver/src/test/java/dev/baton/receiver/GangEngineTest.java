package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.EndReason;

/** What one engine of a gang takes all of them read, so where a member has none nothing is taken in, and nothing is shown to be taken. */
class GangEngineTest {
    private static final int[] CELLS = IntStream.range(0, 2 * GangRig.BLOCKS).toArray();
    /** More than is left beside another. */
    private static final int BLOCKS_OF_ALL = GangRig.EXTENTS * GangRig.BLOCKS;

    private GangRig rig;

    @BeforeEach
    void open() {
        rig = new GangRig().withMember();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void engineLeaves() {
        rig.member.engineAttached(false);
        rig.step(3);
    }

    private void engineComes() {
        rig.member.engineAttached(true);
        rig.step(3);
    }

    private void engineIsLost() {
        rig.member.engineLost();
        rig.step(3);
    }

    /** Granted and bound at both processes. */
    private void bound(long request) {
        rig.granted(request);
        rig.bind(rig.toLeader, "tcp");
        rig.bind(rig.toMember, "tcp");
        rig.toLeader.take();
        rig.toMember.take();
    }

    private void lands(long request) {
        rig.lines(1, CELLS);
        IntStream.of(CELLS).forEach(rig::verified);
        rig.fin(1, CELLS);
        rig.marks(1);
        assertEquals(List.of("READY " + request), rig.toLeader.take());
    }

    @Test
    void shouldRefuseWhatComesUntilTheMemberHasAnEngine() {
        engineLeaves();
        rig.reserve(1);
        List<String> said = rig.toLeader.take();
        assertTrue(said.getFirst().startsWith("REJECT 1 NO_ENGINE retryAfterMs=100 "), said::toString);
        assertEquals(0, rig.ledger.liveCount());
        assertTrue(rig.leader.withoutEngine().contains("member=member of shards=1"), rig.leader.withoutEngine());
        engineComes();
        assertEquals("", rig.leader.withoutEngine());
        rig.granted(2);
    }

    @Test
    void shouldEndWhatIsReadyWhenTheMembersEngineGoes() {
        rig.landed(1, GangRig.BLOCKS);
        engineLeaves();
        assertEquals(List.of("OUTCOME 1 ABORTED ENGINE_LOST"), rig.toLeader.take());
        assertEquals(List.of("ready 1", "ended 1 ENGINE_LOST"), rig.leaderEngine.told);
        assertEquals(List.of("ended 1 ENGINE_LOST"), rig.memberEngine.told);
        assertEquals(0, rig.ledger.liveCount());
        assertEquals(0, rig.member.shareCount());
    }

    @Test
    void shouldShowWhatIsReadyOnceTheMemberHasAnEngine() {
        bound(1);
        engineLeaves();
        lands(1);
        assertEquals(List.of(), rig.leaderEngine.told, "the member's shards would be read by nobody");
        engineComes();
        assertEquals(List.of("ready 1"), rig.leaderEngine.told);
        rig.taken();
        assertEquals(List.of("ready 1"), rig.memberEngine.told);
        rig.released();
        assertEquals(0, rig.ledger.liveCount());
        engineLeaves();
        engineComes();
        assertEquals(List.of("ready 1"), rig.leaderEngine.told, "told once");
    }

    @Test
    void shouldGoOnWaitingThoughItIsSaidTwiceThatTheMembersEngineIsGone() {
        bound(1);
        engineLeaves();
        lands(1);
        engineLeaves();
        assertEquals(1, rig.ledger.liveCount());
        assertEquals(1, rig.log.stream().filter(line -> line.contains("is gone: member=member")).count(), rig.log::toString);
        engineComes();
        assertEquals(List.of("ready 1"), rig.leaderEngine.told);
    }

    @Test
    void shouldNotShowWhatEndedWhileItWaitedForTheMembersEngine() {
        bound(1);
        engineLeaves();
        lands(1);
        rig.core.cancel(rig.grant.handoff(), EndReason.CANCELLED);
        rig.step(3);
        engineComes();
        assertEquals(List.of("ended 1 CANCELLED"), rig.leaderEngine.told);
        assertEquals(List.of("ended 1 CANCELLED"), rig.memberEngine.told);
    }

    @Test
    void shouldEndWhatWaitedTooLongForTheMembersEngine() {
        bound(1);
        engineLeaves();
        lands(1);
        rig.await("its time is over", 61, () -> rig.ledger.liveCount() == 0);
        rig.step(3);
        assertEquals(List.of("OUTCOME 1 ABORTED NOT_CONSUMED"), rig.toLeader.take());
        engineComes();
        assertEquals(List.of("ended 1 NOT_CONSUMED"), rig.leaderEngine.told);
    }

    @Test
    void shouldEndWhatIsOnItsWayAndWhatWaitsWhenTheMembersEngineIsKilled() {
        bound(1);
        rig.reserve(50, BLOCKS_OF_ALL);
        List<String> queued = rig.toLeader.take();
        assertTrue(queued.getFirst().startsWith("QUEUED 50"), queued::toString);
        engineIsLost();
        List<String> said = rig.toLeader.take();
        assertTrue(said.contains("OUTCOME 1 ABORTED ENGINE_LOST"), said::toString);
        assertTrue(said.stream().anyMatch(word -> word.startsWith("REJECT 50 NO_ENGINE retryAfterMs=100 ")), said::toString);
        assertEquals(List.of("ended 1 ENGINE_LOST"), rig.leaderEngine.told);
        rig.step(5);
        assertEquals(0, rig.used());
    }

    @Test
    void shouldLeaveWhatWasTakenToTheEnginesThatReadIt() {
        rig.landed(1, GangRig.BLOCKS);
        rig.taken();
        engineIsLost();
        assertEquals(List.of("ready 1"), rig.leaderEngine.told);
        assertEquals(1, rig.ledger.liveCount(), "the leader's engine still reads");
        assertTrue(rig.core.receiving().release(rig.grant.reservation().counter()));
        rig.step(3);
        assertEquals(0, rig.used());
    }

    @Test
    void shouldForgetThatAMemberHadNoEngineOnceItIsGone() {
        engineLeaves();
        rig.killMember();
        assertEquals("", rig.leader.withoutEngine());
        assertTrue(rig.leader.missing().contains("shard=1"), rig.leader.missing());
        rig.startMember(GangRig.MEMBER + 1, GangRig.EXTENTS);
        rig.granted(1);
    }
}
