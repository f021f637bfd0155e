package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import dev.baton.transport.session.EndReason;

/**
 * A member or the leader is lost at each moment of a handoff: never is a part of it granted alone, everybody is told,
 * and memory goes to nobody else while somebody may still write to it.
 */
class GangLossTest {
    /** How far the handoff has come. */
    enum Moment { GRANTED, BOUND_AT_LEADER, BOUND_AT_MEMBER, BOUND, HALF_SENT, FIN, READY, TAKEN, RELEASED_HERE }

    /** What becomes of the member: its process dies, or only its session with the leader. */
    enum Loss { KILLED, PARTED }

    private final GangRig rig = new GangRig();

    @AfterEach
    void closeRig() {
        rig.close();
    }

    static Stream<Arguments> everyMomentAndLoss() {
        List<Arguments> all = new ArrayList<>();
        for (Moment moment : Moment.values()) {
            for (Loss loss : Loss.values()) {
                for (String scheme : List.of("tcp", "shm")) {
                    all.add(Arguments.of(moment, loss, scheme));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyMomentAndLoss")
    void shouldEndAllOfItWhenAMemberIsLostAndGrantAgainOnceItIsBack(Moment moment, Loss loss, String scheme) {
        reach(moment, scheme);
        boolean isDelivered = moment.compareTo(Moment.TAKEN) >= 0;
        if (loss == Loss.KILLED) {
            rig.killMember();
        } else {
            rig.partMember();
        }
        List<String> told = rig.toLeader.take();
        if (isDelivered) {
            assertEquals(List.of(), told);
        } else {
            assertTrue(told.contains("OUTCOME 1 ABORTED MEMBER_LOST"), told::toString);
            assertTrue(rig.leaderEngine.told.contains("ended 1 MEMBER_LOST"), rig.leaderEngine.told::toString);
        }
        rig.reserve(2);
        List<String> refused = rig.toLeader.take();
        assertTrue(refused.getFirst().startsWith("REJECT 2 GANG_INCOMPLETE retryAfterMs=500 "), refused::toString);
        assertNull(rig.ledger.findOrNull(9, 1, 2, 0), "nothing is held for it");

        finishAtBothEnds(moment, loss, scheme);
        assertEquals(0, rig.used(), "all memory is back");
        if (loss == Loss.KILLED) {
            rig.startMember(GangRig.MEMBER + 1, GangRig.EXTENTS);
        }
        rig.await("the member has lent again", 5, () -> rig.leader.missing().isEmpty());
        rig.granted(3);
        assertEquals(2, rig.used());
    }

    /** What is still awaited at either end, where anything is. */
    private void finishAtBothEnds(Moment moment, Loss loss, String scheme) {
        long handle = rig.grant.reservation().counter();
        boolean isBoundHere = moment.compareTo(Moment.BOUND_AT_LEADER) >= 0 && moment != Moment.BOUND_AT_MEMBER;
        if (moment == Moment.TAKEN) {
            assertTrue(rig.core.receiving().release(handle));
        } else if (scheme.equals("shm") && moment.compareTo(Moment.READY) < 0 && isBoundHere) {
            assertEquals(2, rig.used(), "the sender may still write here");
            rig.drained();
        }
        if (loss == Loss.PARTED && moment.compareTo(Moment.TAKEN) >= 0) {
            rig.step(3_000);
            assertFalse(rig.leader.missing().isEmpty(), "its engine still reads");
            assertTrue(rig.member.release(handle));
        } else if (loss == Loss.PARTED && scheme.equals("shm") && moment != Moment.GRANTED
            && moment != Moment.BOUND_AT_LEADER) {
            rig.step(3_000);
            assertFalse(rig.leader.missing().isEmpty(), "the sender may still write at the member");
            rig.memberZone.fence.isHeld = false;
            rig.step(20);
            rig.memberZone.fence.isHeld = true;
        }
        rig.step(5);
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void shouldFenceAllSessionsAtTheMemberWhenTheLeaderIsLost(Moment moment) {
        reach(moment, "tcp");
        rig.isMemberAgentStuck = true;
        assertTrue(rig.toMember.session.isOpen());
        rig.partMember();
        assertFalse(rig.member.isLent());
        assertFalse(rig.toMember.session.isOpen(), "no sender is trusted with its old addresses");
        boolean isDelivered = moment.compareTo(Moment.TAKEN) >= 0;
        assertEquals(isDelivered ? List.of() : List.of("ended 1 LEADER_LOST"),
            rig.memberEngine.told.stream().filter(told -> told.startsWith("ended")).toList());
        rig.step(3_000);
        assertFalse(rig.member.isLent(), "not before its data agents have acknowledged, or its engine has read");
        rig.isMemberAgentStuck = false;
        rig.member.release(rig.grant.reservation().counter());
        rig.await("it has lent again", 5, () -> rig.member.isLent());
        assertEquals(0, rig.member.shareCount());
    }

    /** It had said that all is quiet, and the leader's CLOSE did not come through any more. */
    @Test
    void shouldLendAgainThoughTheLeaderIsLostBetweenItsRevokeAndItsClose() {
        reach(Moment.BOUND, "tcp");
        rig.isLeaderAgentStuck = true;
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        assertEquals(1, rig.member.shareCount());
        rig.partMember();
        assertEquals(0, rig.member.shareCount());
        rig.await("it has lent again", 5, () -> rig.member.isLent());
        assertEquals(2, rig.used(), "the leader's own agents have yet to acknowledge");
        rig.isLeaderAgentStuck = false;
        rig.step(3);
        assertEquals(0, rig.used());
    }

    @Test
    void shouldRefuseWhatWaitsWhenAMemberIsLost() {
        rig.withMember();
        for (long request = 1; request <= GangRig.EXTENTS; request++) {
            rig.reserve(request);
        }
        rig.toLeader.take();
        rig.reserve(50);
        assertTrue(rig.toLeader.take().getFirst().startsWith("QUEUED 50"));
        rig.killMember();
        rig.step(5);
        assertTrue(rig.toLeader.take().stream().anyMatch(said -> said.startsWith("REJECT 50 GANG_INCOMPLETE retryAfterMs=")));
        assertEquals(0, rig.used());
        assertEquals(0, rig.ledger.liveCount());
    }

    private void reach(Moment moment, String scheme) {
        rig.withMember();
        rig.granted(1);
        if (moment != Moment.GRANTED && moment != Moment.BOUND_AT_MEMBER) {
            rig.bind(rig.toLeader, scheme);
        }
        if (moment != Moment.GRANTED && moment != Moment.BOUND_AT_LEADER) {
            rig.bind(rig.toMember, scheme);
        }
        if (moment.compareTo(Moment.HALF_SENT) >= 0) {
            rig.lines(1, 0, 1);
            rig.verified(0);
            rig.verified(1);
        }
        if (moment.compareTo(Moment.FIN) >= 0) {
            rig.lines(1, 2, 3);
            rig.fin(1, 0, 1, 2, 3);
            rig.marks(1);
        }
        if (moment.compareTo(Moment.READY) >= 0) {
            rig.verified(2);
            rig.verified(3);
        }
        if (moment.compareTo(Moment.TAKEN) >= 0) {
            assertTrue(rig.core.receiving().take(rig.grant.reservation().counter()));
            rig.step(3);
        }
        if (moment == Moment.RELEASED_HERE) {
            assertTrue(rig.core.receiving().release(rig.grant.reservation().counter()));
        }
        rig.toLeader.take();
        rig.toMember.take();
    }

    /** As kill -9 does it: nobody says a word, and the kernel lets go of the process's lock. */
    @Test
    void shouldKnowWithinAMomentThatTheMembersProcessIsGone() {
        rig.withMember();
        rig.granted(1);
        rig.step(200);
        assertEquals("", rig.leader.missing(), "it is silent, and lives");
        rig.leaderZone.fence.goneProcesses.add(GangRig.MEMBER);
        rig.step(60);
        assertTrue(rig.toLeader.take().contains("OUTCOME 1 ABORTED MEMBER_LOST"));
        assertFalse(rig.leader.missing().isEmpty());
    }

    @Test
    void shouldKnowWithinAMomentThatTheLeadersProcessIsGone() {
        rig.withMember();
        rig.step(200);
        assertTrue(rig.member.isLent());
        rig.memberZone.fence.goneProcesses.add(GangRig.LEADER);
        rig.step(60);
        assertFalse(rig.member.isLent());
        assertTrue(rig.log.stream().anyMatch(line -> line.contains("the leader of the gang is gone") && line.contains("peer_lost")),
            rig.log::toString);
    }
}
