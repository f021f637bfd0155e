package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.session.EndReason;

/** What becomes of a request while its blocks come up from the tier below: it is QUEUED, and every rule of that holds. */
class LowerTierWaitTest extends LowerTierHarness {
    @Test
    void shouldAnswerAsWaitingWhatIsReservedAgainWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            Ask ask = named(5, 11, 12, 13, 14);
            rig.reserve(3, ask);
            rig.reserve(3, ask);
            assertEquals(List.of("QUEUED 3 position=0", "QUEUED 3 position=0"), rig.sender.take());
            assertEquals(1, rig.ledger.liveCount());
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(List.of("GRANT 3"), rig.sender.take());
            assertEquals(4, finished(3, ask));
        }
    }

    @Test
    void shouldEndOnceWhatIsCancelledWhileItLoadsAndKeepWhatCame() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            rig.sender.take();
            rig.core.cancel(ReceiverRig.id(3), EndReason.CANCELLED);
            rig.step(2);
            assertNull(rig.state(3));
            assertEquals(1, rig.sender.take().size(), "one outcome");
            assertEquals(4, rig.totals().owned(), "a device writes there");

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().owned());
            assertEquals(List.of(), rig.sender.take());
            int begun = tier.loadsBegun;
            assertEquals(4, handedOff(4, named(5, 11, 12, 13, 14)));
            assertEquals(begun, tier.loadsBegun, "it came for another");
        }
    }

    @Test
    void shouldLoadOnceWhatTwoRequestsWantAtATime() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.reserve(4, named(5, 11, 12, 13, 14));
            rig.step(3);
            assertEquals(4, tier.loadsUnderWay());
            tier.isFlowing = true;
            rig.step(6);
            assertEquals(4, tier.loadsBegun);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(ReservationState.GRANTED, rig.state(4));
        }
    }

    @Test
    void shouldGoOnWithItsPlaceWhenItsSessionIsLostWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            Ask ask = named(5, 11, 12, 13, 14);
            rig.reserve(3, ask);
            rig.step(2);
            rig.reconnect();
            rig.reserve(3, ask);
            tier.isFlowing = true;
            rig.step(6);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(1, rig.ledger.liveCount());
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenItGoesDownWhileItLoads() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            rig.core.drain();
            rig.core.shutdown();
            rig.step(3);
            assertEquals(0, rig.ledger.liveCount());
            tier.isFlowing = true;
            rig.step(3);
            assertEquals(0, rig.totals().owned());
        }
    }

    /** In a pool that is always full nothing that was loaded when it was reserved is there any more when its turn comes. */
    @Test
    void shouldLoadWhenItsTurnComesWhatHadNoRoomBefore() {
        try (rig) {
            storedAndEvicted();
            rig.reserve(3, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.GRANTED, rig.state(3));
            Ask ask = named(6, 11, 12, 13, 14);
            rig.reserve(4, ask);
            rig.pass(100 * ReceiverRig.MS);
            assertEquals(ReservationState.QUEUED, rig.state(4));
            rig.sender.take();
            assertEquals(0, tier.loadsBegun, "no room");

            finished(3, named(ReceiverRig.EXTENTS));
            rig.step(8);

            assertEquals(ReservationState.GRANTED, rig.state(4));
            assertEquals(4, finished(4, ask));
        }
    }

    /** Once, and no longer than any other: a tier that hangs must not keep the head from what is free. */
    @Test
    void shouldNotWaitTwiceForATierThatIsLate() {
        try (rig) {
            storedAndEvicted();
            rig.granted(3, ReceiverRig.EXTENTS);
            rig.reserve(4, named(4, 11, 12, 13));
            rig.step(3);
            tier.isFlowing = false;
            rig.sender.take();
            finished(3, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.QUEUED, rig.state(4));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(ReservationState.GRANTED, rig.state(4));
            tier.isFlowing = true;
            rig.step(3);
        }
    }

    /** A head that waits long must have what becomes free: nothing is loaded into it. */
    @Test
    void shouldLoadNothingWhileThePoolDrains() {
        AdmissionLimits strict = AdmissionLimits.DEFAULT;
        try (rig; ReceiverRig other = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, strict, 0)) {
            ScriptedTier below = new ScriptedTier();
            other.core.tier(below, LIMITS);
            other.granted(1, 4);
            other.reserve(2, ReceiverRig.EXTENTS);
            assertEquals(ReservationState.QUEUED, other.state(2));
            other.reserve(3, named(3, 11, 12));
            other.step(3);
            assertEquals(0, below.lookups);
            assertEquals(ReservationState.QUEUED, other.state(3));
        }
    }
}
