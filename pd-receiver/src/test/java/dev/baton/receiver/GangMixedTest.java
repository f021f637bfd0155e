package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/** A sender's lanes to one process of a gang write by themselves, those to another do not: each is judged, and fenced, as what it is. */
class GangMixedTest {
    private final GangRig rig = new GangRig();

    @AfterEach
    void closeRig() {
        rig.close();
    }

    /** Its lanes to the leader could carry them again, those to the member could not: one round for all that it brings. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotAskABadCellAgainOfAPartThatWritesByItselfAtOneOfTheProcesses(boolean isLeadersCell) {
        rig.bound("tcp", "shm");
        rig.lines(1, 0, 1, 2, 3);
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        rig.verified(0);
        rig.verified(1);
        if (isLeadersCell) {
            rig.verified(3);
            rig.leader.onCellCorrupt(rig.grant.reservation().counter(), 2, 1, 2);
        } else {
            rig.verified(2);
            rig.member.onCellCorrupt(rig.grant.reservation().counter(), 3, 1, 2);
        }
        rig.step(3);
        assertEquals(List.of("ABORT 1 CORRUPT", "OUTCOME 1 ABORTED CORRUPT"), rig.toLeader.take());
        assertEquals(2, rig.used(), "the sender may still write at the member");
        rig.drained();
        rig.step(5);
        assertEquals(0, rig.used());
    }

    /** Lanes to each process are what the two of them have. */
    @ParameterizedTest
    @CsvSource({"tcp, shm", "shm, tcp"})
    void shouldBeReadyThoughEachProcessHasLanesOfItsOwnKind(String atLeader, String atMember) {
        rig.bound(atLeader, atMember);
        rig.lines(1, 0, 1, 2, 3);
        assertTrue(rig.leaderZone.ordersOf("line").stream().allMatch(line -> line.endsWith("one-sided") == atLeader.equals("shm")),
            rig.leaderZone.ordersOf("line")::toString);
        assertTrue(rig.memberZone.ordersOf("line").stream().allMatch(line -> line.endsWith("one-sided") == atMember.equals("shm")),
            rig.memberZone.ordersOf("line")::toString);
        for (int cell = 0; cell < 4; cell++) {
            rig.verified(cell);
        }
        rig.fin(1, 0, 1, 2, 3);
        rig.marks(1);
        assertEquals(List.of("READY 1"), rig.toLeader.take());
    }

    /** Memory of a process that was written by itself waits for proof there, whatever the lanes elsewhere are. */
    @ParameterizedTest
    @CsvSource({"tcp, shm", "shm, tcp"})
    void shouldFreeMixedMemoryOnProofAtTheProcessThatWasWrittenToAlone(String atLeader, String atMember) {
        rig.bound(atLeader, atMember);
        rig.lines(1, 0, 1);
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        (atLeader.equals("shm") ? rig.memberZone : rig.leaderZone).fence.isHeld = false;
        rig.step(4_000);
        assertEquals(2, rig.used(), "the sender may still write where its lanes are such");
        assertEquals(2, rig.ledger.extents().counts().totals().quarantined());
        (atLeader.equals("shm") ? rig.leaderZone : rig.memberZone).fence.isHeld = false;
        rig.step(60);
        assertEquals(0, rig.used());
    }

    /** ABORT was lost, or the word that answered it: the sender is asked again for the member's sake. */
    @Test
    void shouldAskASenderAgainWhoseWordIsOwedAtTheMemberAlone() {
        rig.bound("tcp", "shm");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        rig.toLeader.take();
        rig.step(8_000);
        assertEquals(List.of("ABORT 1 CANCELLED", "ABORT 1 CANCELLED"),
            rig.toLeader.take().stream().filter(said -> said.startsWith("ABORT")).limit(2).toList());
        rig.drained();
        rig.step(5);
        assertEquals(0, rig.used());
    }

    /** Its lanes to the member are a card's: nothing is said of them in time, so the member ends its own session with the sender, and no other. */
    @Test
    void shouldEndTheSessionOfACardAtTheMemberWhoseSenderSaysNothing() {
        rig.bound("tcp", "rdma");
        rig.memberZone.fence.isEndedHere = true;
        Session toMember = rig.toMember.session;
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(900);
        assertTrue(toMember.isOpen(), "DRAINED may still come");
        rig.step(300);
        assertFalse(toMember.isOpen());
        assertTrue(rig.toLeader.session.isOpen());
        assertEquals(2, rig.used(), "no queue pair is destroyed yet");
        rig.memberZone.fence.isHeld = false;
        rig.step(60);
        assertEquals(0, rig.used());
    }

    /** The sender's session with the leader is gone: what it says to the member is proof of what it wrote there. */
    @Test
    void shouldFreeAMembersMemoryOnTheSendersWordToIt() {
        rig.bound("tcp", "shm");
        rig.lines(1, 0, 1);
        rig.toLeader.session.close(EndReason.SILENT);
        rig.step(4_000);
        assertEquals(2, rig.used(), "the sender may still write at the member");
        rig.drained(rig.toMember, 1);
        rig.step(5);
        assertEquals(2, rig.used(), "a write of it has failed");
        rig.drained(rig.toMember, 0);
        rig.step(5);
        assertEquals(0, rig.used());
    }

    /** What the sender says to the leader is of its lanes there: a member awaits the marks of its own, and who says which those are. */
    @Test
    void shouldAwaitTheLastMarksOfACardAtTheMemberThatReadsThem() {
        rig.bound("tcp", "rdma");
        rig.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(10);
        rig.drained();
        rig.step(5);
        assertEquals(2, rig.used(), "the member has heard no mark named");
        rig.drained(rig.toMember, 0, RecordingZone.LANES, 3);
        assertEquals(2, rig.used(), "it has read none");
        rig.member.onMark(rig.grant.reservation().counter(), 0, 1, 0, 2, false);
        rig.step(5);
        assertEquals(2, rig.used(), "the one before it");
        rig.member.onMark(rig.grant.reservation().counter(), 0, 1, 0, 3, false);
        rig.step(5);
        assertEquals(0, rig.used());
    }

    /** It has the second shard, so its lanes come second; those of the member have marks of their own. */
    @Test
    void shouldAwaitOnlyItsOwnMarksAtALeaderWhoseLanesComeSecond() {
        try (GangRig second = new GangRig(GangRig.EXTENTS, 1)) {
            second.bound("rdma", "rdma");
            long reservation = second.grant.reservation().counter();
            second.core.cancel(ReceiverRig.id(1), EndReason.CANCELLED);
            second.step(10);
            second.drained(second.toMember, 0);
            second.drained(second.toLeader, 0, RecordingZone.LANES, 3);
            second.member.onMark(reservation, 0, 1, 0, 3, false);
            second.step(5);
            assertEquals(2, second.used(), "the leader has read none");
            second.leader.onMark(reservation, 0, 1, 0, 3, false);
            second.step(5);
            assertEquals(0, second.used());
        }
    }
}
