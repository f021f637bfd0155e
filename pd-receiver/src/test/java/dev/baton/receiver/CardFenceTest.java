package dev.baton.receiver;

import static dev.baton.receiver.FenceTest.acknowledged;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/** What proves that a card writes no more: its sender's word with the marks behind all that went, or the end of its queue pairs. */
class CardFenceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int BLOCKS = 3;

    /** As with cards: what may still be on its way there is ended by what the receiver closes, and its sender is not waited for any longer. */
    @Test
    void shouldEndTheSessionOfACardWhoseSenderSaysNothing() {
        try (ReceiverRig rig = new ReceiverRig()) {
            endsHere(rig);
            ScriptedSender.Grant silent = rig.bound(1, BLOCKS, "rdma");
            ScriptedSender.Grant other = rig.bound(2, 1, "rdma");
            Session session = rig.sender.session;
            rig.proxy.cancel(session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            acknowledged(rig, silent);
            rig.pass(9 * SECOND / 10);
            assertTrue(session.isOpen(), "DRAINED may still come");
            assertEquals(List.of(), rig.zone.ordersOf("closeSession"));
            rig.pass(SECOND / 5);
            assertFalse(session.isOpen());
            assertEquals(EndReason.SILENT, session.endReason());
            assertEquals(List.of("closeSession " + session.id()), rig.zone.ordersOf("closeSession"));
            assertEquals(ReservationState.REVOKING, rig.state(2), "its grant died with the session");
            assertEquals(BLOCKS + 1, rig.totals().owned(), "no queue pair is destroyed yet");
            rig.zone.fence.isHeld = false;
            acknowledged(rig, other);
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.fenceCounters().sessionsEnded());
            assertEquals(0, rig.core.fenceCounters().freedLate());
        }
    }

    /** What failed may land yet, whatever the sender says: only its queue pair's end is proof. */
    @Test
    void shouldEndTheSessionOfACardWhoseWritesFailed() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Session session = rig.sender.session;
            ScriptedSender.Grant grant = stopped(rig);
            rig.drained(grant, 1);
            rig.pass(11 * SECOND / 10);
            assertFalse(session.isOpen());
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldKeepTheSessionOfACardWhoseSenderSaysInTimeThatItWritesNoMore() {
        try (ReceiverRig rig = new ReceiverRig()) {
            endsHere(rig);
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "rdma");
            ScriptedSender.Grant twoSided = rig.bound(2, 1, "tcp");
            Session session = rig.sender.session;
            for (long request = 1; request <= 2; request++) {
                rig.proxy.cancel(session, 1, ReceiverRig.id(request), EndReason.CANCELLED);
            }
            rig.step(2);
            acknowledged(rig, grant);
            rig.drained(grant, 0);
            rig.pass(4 * SECOND);
            assertTrue(session.isOpen(), "nothing is owed: of two-sided lanes neither");
            acknowledged(rig, twoSided);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(0, rig.core.fenceCounters().sessionsEnded());
        }
    }

    /** A card's word is that it has the bytes. That they lie in memory only the mark behind them says, when it was read. */
    @Test
    void shouldAwaitTheMarksThatDrainedOfACardNames() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Session session = rig.sender.session;
            ScriptedSender.Grant grant = stopped(rig);
            marked(rig, grant, 1, 2);
            rig.drained(grant, 0, 3, 2);
            rig.pass(100 * ReceiverRig.MS);
            assertEquals(BLOCKS, rig.totals().owned(), "the third mark of lane 0 is on its way, behind bytes");
            marked(rig, grant, 0, 2);
            assertEquals(BLOCKS, rig.totals().owned());
            marked(rig, grant, 0, 3);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertTrue(session.isOpen());
            assertEquals(1, rig.core.fenceCounters().drained());
        }
    }

    @Test
    void shouldTakeMarksThatWereReadBeforeDrainedOfACard() {
        try (ReceiverRig rig = new ReceiverRig()) {
            endsHere(rig);
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "rdma");
            marked(rig, grant, 0, 3);
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            acknowledged(rig, grant);
            marked(rig, grant, 1, 1);
            assertEquals(BLOCKS, rig.totals().owned(), "its sender has not said that it writes no more");
            rig.drained(grant, 0, 3, 1);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldEndTheSessionOfACardWhoseLastMarkDoesNotCome() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Session session = rig.sender.session;
            ScriptedSender.Grant grant = stopped(rig);
            rig.drained(grant, 0, 1);
            rig.pass(9 * SECOND / 10);
            assertTrue(session.isOpen(), "it may still come");
            rig.pass(SECOND / 5);
            assertFalse(session.isOpen());
            assertEquals(BLOCKS, rig.totals().owned(), "no queue pair is destroyed yet");
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    /** As of a sender that does not know what is asked of it: what it leaves out may be behind more bytes. */
    @Test
    void shouldNotBelieveADrainedThatLeavesOutALaneWhoseMarksWereRead() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Session session = rig.sender.session;
            ScriptedSender.Grant grant = stopped(rig);
            marked(rig, grant, 0, 1);
            marked(rig, grant, 1, 4);
            rig.drained(grant, 0, 1);
            rig.pass(100 * ReceiverRig.MS);
            assertEquals(BLOCKS, rig.totals().owned());
            rig.drained(grant, 0, 1, 4);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertTrue(session.isOpen());
        }
    }

    /** Cancelled after addresses were told, and refused by each data agent; its sender has yet to say DRAINED. */
    private static ScriptedSender.Grant stopped(ReceiverRig rig) {
        endsHere(rig);
        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "rdma");
        rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
        rig.step(2);
        acknowledged(rig, grant);
        return grant;
    }

    private static void marked(ReceiverRig rig, ScriptedSender.Grant grant, int lane, int seq) {
        rig.core.receiving().onMark(grant.reservation().counter(), 0, 1, lane, seq, false);
        rig.step(1);
    }

    private static void endsHere(ReceiverRig rig) {
        rig.zone.fence.isWordProof = false;
        rig.zone.fence.isEndedHere = true;
    }
}
