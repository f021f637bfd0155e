package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.transport.session.EndReason;

/** A grant lives by RENEW, and after the first byte by progress; after FIN by L_max alone (L1, L2). */
class LeaseTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int BLOCKS = 3;

    @Test
    void shouldEndAGrantThatNobodyRenews() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.granted(1, BLOCKS);
            assertEquals(10_000, rig.sender.leaseMs);
            rig.pass(9 * SECOND);
            assertEquals(ReservationState.GRANTED, rig.state(1));
            rig.pass(SECOND + 100 * ReceiverRig.MS);
            assertEquals(List.of("OUTCOME 1 ABORTED LEASE_EXPIRED"), rig.sender.take());
            assertEquals(List.of("ended 1 LEASE_EXPIRED"), rig.engine.told);
            assertEquals(1, rig.core.counters().ends(EndReason.LEASE_EXPIRED));
            assertEquals(ReceiverRig.EXTENTS, rig.totals().free());
        }
    }

    @Test
    void shouldExtendAGrantWithoutProgressToStartWithinAtMost() {
        try (ReceiverRig rig = new ReceiverRig()) {
            Ask ask = new Ask();
            ask.startWithinMs = 15_000;
            rig.reserve(1, ask);
            rig.sender.take();
            ScriptedSender.Grant grant = rig.sender.grants.get(ReceiverRig.id(1));
            rig.pass(4 * SECOND);
            assertEquals(10_000, rig.renew(grant, 0));
            rig.pass(4 * SECOND);
            long leftMs = rig.renew(grant, 0);
            assertTrue(leftMs < 7_000 && leftMs > 6_900, () -> "leaseMs=" + leftMs);
            rig.pass(7 * SECOND + 100 * ReceiverRig.MS);
            assertEquals(List.of("OUTCOME 1 ABORTED NOT_STARTED"), rig.sender.take());
        }
    }

    @Test
    void shouldNotExtendALeaseWithoutProgressOnceDataCame() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.lines(grant, 1, 0);
            rig.pass(4 * SECOND);
            assertEquals(10_000, rig.renew(grant, 0));
            rig.pass(4 * SECOND);
            assertAbout(6_000, rig.renew(grant, 0));   // nothing has come since
            rig.pass(2 * SECOND);
            rig.verified(grant, 0);
            assertEquals(10_000, rig.renew(grant, 0));
            rig.pass(2 * SECOND);
            assertEquals(10_000, rig.renew(grant, 16));      // prefill goes on, no byte came
            rig.pass(2 * SECOND);
            assertAbout(8_000, rig.renew(grant, 16));
            rig.pass(8 * SECOND + 100 * ReceiverRig.MS);
            assertEquals(List.of("ABORT 1 LEASE_EXPIRED", "OUTCOME 1 ABORTED LEASE_EXPIRED"), rig.sender.take());
            assertEquals(ReservationState.REVOKING, rig.state(1));
        }
    }

    @Test
    void shouldCountANoticeAndAMarkOfOneSidedLanesAsProgress() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "shm");
            rig.mark(grant, 1, 0);
            assertEquals(ReservationState.RECEIVING, rig.state(1));
            for (int i = 0; i < BLOCKS; i++) {
                rig.pass(6 * SECOND);
                rig.lines(grant, 1, i);
                assertEquals(10_000, rig.renew(grant, 0));
            }
            assertEquals(ReservationState.RECEIVING, rig.state(1));
        }
    }

    @Test
    void shouldEndWhatNeverGetsToAnEndThoughItGoesOn() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.bound(1, BLOCKS, "tcp");
            rig.lines(grant, 1, 0);
            for (int i = 1; i <= 7; i++) {
                assertEquals(ReservationState.RECEIVING, rig.state(1));
                rig.pass(4 * SECOND);
                rig.renew(grant, i);
            }
            rig.pass(3 * SECOND);   // 30 s, and next to nothing for three small cells
            assertEquals(List.of("ABORT 1 TOO_LONG", "OUTCOME 1 ABORTED TOO_LONG"), rig.sender.take());
        }
    }

    @Test
    void shouldStopLeasesAtFinAndStartThemAnewAfterANack() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.verifying(1, BLOCKS);
            assertEquals(ReservationState.VERIFYING, rig.state(1));
            rig.pass(12 * SECOND);
            assertEquals(ReservationState.VERIFYING, rig.state(1));
            rig.verified(grant, 0);
            rig.verified(grant, 1);
            rig.corrupt(grant, 2);
            assertEquals(List.of("NACK round=1 cells 2"), rig.sender.take());
            rig.pass(9 * SECOND);
            assertEquals(ReservationState.RECEIVING, rig.state(1));
            rig.pass(SECOND + 100 * ReceiverRig.MS);
            assertEquals(List.of("ABORT 1 LEASE_EXPIRED", "OUTCOME 1 ABORTED LEASE_EXPIRED"), rig.sender.take());
        }
    }

    @Test
    void shouldEndAVerifyingThatNeverEnds() {
        try (ReceiverRig rig = new ReceiverRig()) {
            rig.verifying(1, BLOCKS);
            rig.pass(31 * SECOND);
            assertEquals(List.of("ABORT 1 TOO_LONG", "OUTCOME 1 ABORTED TOO_LONG"), rig.sender.take());
        }
    }

    @Test
    void shouldNotExtendAGrantForAnotherNode() {
        try (ReceiverRig rig = new ReceiverRig()) {
            ScriptedSender.Grant grant = rig.granted(1, BLOCKS);
            ScriptedSender stranger = rig.stranger();
            rig.pass(8 * SECOND);
            rig.proxy.renew(stranger.session, 1, grant.reservation(), 0, 100, 0);
            rig.step(2);
            assertEquals(1, stranger.take().size());
            rig.pass(2 * SECOND);
            assertEquals(List.of("OUTCOME 1 ABORTED LEASE_EXPIRED"), rig.sender.take());
        }
    }

    /** The rig's own steps take some of it. */
    private static void assertAbout(long expectedMs, long leaseMs) {
        assertTrue(leaseMs <= expectedMs && leaseMs > expectedMs - 50, () -> "leaseMs=" + leaseMs);
    }
}
