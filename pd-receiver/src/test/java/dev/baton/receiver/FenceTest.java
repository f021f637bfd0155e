package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;

/** What frees memory that a one-sided sender was told, other than its DRAINED (PROTOCOL, section 5). */
class FenceTest {
    private static final int BLOCKS = 3;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldTellNoAddressesBeforeTheLockWasSeenHeld() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.zone.fence.isHeld = false;
            ScriptedSender.Grant grant = rig.granted(1, BLOCKS);
            rig.bind(grant, grant.tokenLow(), "shm");
            assertEquals(List.of("OUTCOME 1 ABORTED PROTOCOL"), rig.sender.take());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldFreeWhatAGoneProcessHadOnceItsLockIsFree() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = lost(rig, "shm");
            rig.pass(SECOND / 2);
            assertEquals(BLOCKS, rig.totals().owned());
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(BLOCKS, rig.totals().owned(), "one data agent may still read there");
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.fenceCounters().writerGone());
            assertTrue(rig.zone.fence.watched.isEmpty(), "nothing is watched for good");
        }
    }

    @Test
    void shouldFreeFromQuarantineWhenAStoppedProcessIsGoneAtLast() {
        try (ReceiverRig rig = new ReceiverRig()) {
            acknowledged(rig, lost(rig, "shm"));
            rig.pass(60 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.fenceCounters().freedLate());
        }
    }

    @Test
    void shouldTakeALaterHelloThatCoversTheSessionForEvidence() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.isSenderDrained = true;
            rig.reconnect();
            acknowledged(rig, grant);
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.fenceCounters().drainedThrough());
            assertEquals(0, rig.core.fenceCounters().writerGone());
        }
    }

    /** As with cards: what the process gave up may still be on its way. */
    @Test
    void shouldNotTakeALaterHelloForEvidenceWhereTheSenderCannotKnow() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.zone.fence.isWordProof = false;
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.isSenderDrained = true;
            rig.reconnect();
            acknowledged(rig, grant);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            assertEquals(0, rig.core.fenceCounters().drainedThrough());
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldNotTakeALaterHelloThatDoesNotCoverTheSession() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.reconnect();
            acknowledged(rig, grant);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            rig.isSenderDrained = true;
            rig.reconnect();
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free(), "the one after it does");
        }
    }

    @Test
    void shouldNotTakeAnotherProcessesHelloForEvidence() {
        try (ReceiverRig rig = new ReceiverRig()) {
            acknowledged(rig, lost(rig, "shm"));
            rig.isSenderDrained = true;
            rig.connect(0x6666, ReceiverRig.LAYOUT);
            rig.reconnect();
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
        }
    }

    @Test
    void shouldNotTakeDrainedOfAnotherSessionForEvidence() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.reconnect();
            acknowledged(rig, grant);
            rig.sender.take();
            rig.drained(grant, 0);
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
        }
    }

    /** An ABORT or its DRAINED may be lost alone: what is owed is asked for until it is said, and then no more. */
    @Test
    void shouldAskASessionThatGoesOnForItsDrainedAgain() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.sender.take();
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            acknowledged(rig, grant);
            assertEquals(List.of("ABORT 1 CANCELLED", "OUTCOME 1 ABORTED CANCELLED"), rig.sender.take());
            rig.pass(4 * SECOND);
            assertEquals(BLOCKS, rig.totals().quarantined());
            assertEquals(List.of("ABORT 1 CANCELLED", "ABORT 1 CANCELLED"), rig.sender.take());
            rig.pass(5 * SECOND);
            assertEquals(List.of("ABORT 1 CANCELLED"), rig.sender.take());
            rig.drained(grant, 0);
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            rig.pass(6 * SECOND);
            assertEquals(List.of(), rig.sender.take());
        }
    }

    /** Verified after its session was lost, then never taken: the lock is watched until then. */
    @Test
    void shouldWatchASessionAsLongAsAReservationIsBoundToIt() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.lines(grant, 1, 0, 1, 2);
            rig.fin(grant, 1, BLOCKS);
            rig.mark(grant, 1, 0);
            rig.mark(grant, 1, 1);
            assertEquals(ReservationState.VERIFYING, rig.state(1));
            rig.loseSession();
            assertEquals(1, rig.zone.fence.watched.size());
            rig.corrupt(grant, 1);
            assertEquals(ReservationState.REVOKING, rig.state(1));
            rig.zone.fence.isHeld = false;
            acknowledged(rig, grant);
            rig.pass(20 * ReceiverRig.MS);
            assertNull(rig.state(1));
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertTrue(rig.zone.fence.watched.isEmpty());
        }
    }

    @Test
    void shouldCountWhatEachProofFreed() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.proxy.cancel(rig.sender.session, 1, ReceiverRig.id(1), EndReason.CANCELLED);
            rig.step(2);
            acknowledged(rig, grant);
            assertEquals(0, rig.core.fenceCounters().drained());
            rig.drained(grant, 0);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
            assertEquals(1, rig.core.fenceCounters().drained());
            assertEquals(0, rig.core.fenceCounters().writerGone());
        }
    }

    /** Two of one node, of which one comes back: the other still counts, and alone. */
    @Test
    void shouldCountWhatIsStillQuarantinedForANode() {
        try (ReceiverRig rig = new ReceiverRig()) {
            List<String> alarms = new ArrayList<>();
            ScriptedSender.Grant small = rig.bound(1, 1, "shm");
            ScriptedSender.Grant large = rig.bound(2, 3, "shm");
            for (ScriptedSender.Grant grant : List.of(small, large)) {
                rig.proxy.cancel(rig.sender.session, 1, grant.handoff(), EndReason.CANCELLED);
                rig.step(2);
                acknowledged(rig, grant);
            }
            rig.pass(4 * SECOND);
            assertEquals(4, rig.totals().quarantined());
            rig.core.drainAlarms(alarms::add);
            assertEquals(2, alarms.size());
            assertTrue(alarms.get(0).contains("extents=1 ") && alarms.get(0).contains("ofNode=1 "), alarms::toString);
            assertTrue(alarms.get(1).contains("extents=3 ") && alarms.get(1).contains("ofNode=4 "), alarms::toString);
            rig.drained(small, 0);
            rig.sender.take();
            rig.reserve(3, 1);
            List<String> answers = rig.sender.take();
            assertEquals(1, answers.size(), answers::toString);
            String refusal = answers.getFirst();
            assertTrue(refusal.startsWith("REJECT 3 PEER_QUARANTINED") && refusal.contains("extents=3;"), refusal);
            rig.drained(large, 0);
            rig.granted(4, ReceiverRig.EXTENTS);
        }
    }

    @Test
    void shouldFreeTwoSidedMemoryWithoutAskingTheSender() {
        try (ReceiverRig rig = new ReceiverRig()) {
            acknowledged(rig, lost(rig, "tcp"));
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldRefuseAPeerWhoseShareOfThePoolIsQuarantinedUntilItComesBack() {
        try (ReceiverRig rig = new ReceiverRig()) {
            List<String> alarms = new ArrayList<>();
            acknowledged(rig, lost(rig, "shm"));
            rig.core.drainAlarms(alarms::add);
            assertEquals(List.of(), alarms);
            rig.pass(4 * SECOND);
            rig.core.drainAlarms(alarms::add);
            assertEquals(1, alarms.size());
            assertTrue(alarms.getFirst().contains("nodeId=sender extents=" + BLOCKS), alarms::toString);

            rig.connect(0x6666, ReceiverRig.LAYOUT);   // the same node, started again
            rig.reserve(2, 1);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 PEER_QUARANTINED retryAfterMs=1000"), heard);
            rig.zone.fence.isHeld = false;
            rig.pass(20 * ReceiverRig.MS);
            rig.zone.fence.isHeld = true;
            rig.granted(2, ReceiverRig.EXTENTS);
        }
    }

    @Test
    void shouldEndTheSessionOfAProcessThatDiedBeforeItIsSilentTooLong() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            Session session = rig.sender.session;
            rig.zone.fence.isHeld = false;
            rig.pass(100 * ReceiverRig.MS);
            assertFalse(session.isOpen());
            assertEquals(ReservationState.REVOKING, rig.state(1));
            acknowledged(rig, grant);
            rig.pass(20 * ReceiverRig.MS);
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldStillServeAPeerWithinItsShare() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, ReceiverRig.EXTENTS / 4, "shm");
            rig.loseSession();
            acknowledged(rig, grant);
            rig.pass(4 * SECOND);
            assertEquals(ReceiverRig.EXTENTS / 4, rig.totals().quarantined());
            rig.connect(0x6666, ReceiverRig.LAYOUT);
            rig.granted(2, ReceiverRig.EXTENTS - ReceiverRig.EXTENTS / 4);
        }
    }

    private static ScriptedSender.Grant lost(ReceiverRig rig, String scheme) {
        ScriptedSender.Grant grant = rig.bound(1, BLOCKS, scheme);
        Session session = rig.sender.session;
        rig.loseSession();
        assertEquals(EndReason.SHUTDOWN, session.endReason());
        assertEquals(ReservationState.REVOKING, rig.state(1));
        return grant;
    }

    static void acknowledged(ReceiverRig rig, ScriptedSender.Grant grant) {
        rig.revokedBy(grant, 0);
        rig.revokedBy(grant, 1);
    }
}
