package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;

/** What landed goes down to the tier below, and comes up again for a request that names it, before that is granted. */
class LowerTierTest extends LowerTierHarness {
    @Test
    void shouldFindBelowWhatWasEvicted() {
        try (rig) {
            storedAndEvicted();

            assertEquals(4, handedOff(3, named(5, 11, 12, 13, 14)));

            assertEquals(4, counters.blocksLoaded());
            assertEquals(4, counters.blocksStored());
            assertEquals(2, counters.promotions(), "the first one asked below, too");
            assertEquals(0, counters.promotionsLate());
            assertEquals(0, counters.blocksDropped());
            assertEquals(0, counters.blocksWaiting());
        }
    }

    @Test
    void shouldLoadOnlyWhatIsMissingInThePool() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            handedOff(2, named(6));   // three are free: three of the chain have to go, its end first
            tier.loadsBegun = 0;
            assertEquals(4, handedOff(3, named(5, 11, 12, 13, 14)));
            assertTrue(tier.loadsBegun < 4 && tier.loadsBegun > 0, "loads=" + tier.loadsBegun);
        }
    }

    @Test
    void shouldAskNothingOfTheTierWhereAllLiesHereOrNothingHasAName() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            int before = tier.lookups;
            assertEquals(4, handedOff(2, named(5, 11, 12, 13, 14)));
            handedOff(3, named(3));
            assertEquals(before, tier.lookups);
        }
    }

    @Test
    void shouldNotFindBelowWhatAnotherTenantStored() {
        try (rig) {
            storedAndEvicted();
            Ask other = named(5, 11, 12, 13, 14);
            other.tenant = 10;
            assertEquals(0, handedOff(3, other));
        }
    }

    @Test
    void shouldHoldBackWhileItLoadsAndLetOthersPass() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            assertEquals(List.of("QUEUED 3 position=0"), rig.sender.take());
            assertEquals(4, tier.loadsUnderWay());
            assertEquals(4, rig.totals().owned());

            rig.granted(4, 2);

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(ReservationState.GRANTED, rig.state(3));
            assertEquals(List.of("GRANT 3"), rig.sender.take());
            assertEquals(4, finished(3, named(5, 11, 12, 13, 14)));
        }
    }

    /** A device that comes back after all writes where it was told to: nobody else may have that memory by then. */
    @Test
    void shouldKeepTheMemoryOfALateLoadFromEveryoneUntilItsIoReturns() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(ReservationState.QUEUED, rig.state(3), "five of eight, and four are the late load's");
            assertEquals(4, rig.totals().owned());
            assertEquals(4, counters.extentsLate());
            assertEquals(1, counters.promotionsLate());

            rig.pass(TimeUnit.SECONDS.toNanos(3));
            assertEquals(4, rig.totals().quarantined());
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 3 TOO_BIG_NOW"), "told, and not kept waiting for a device");
            rig.granted(4, 4);

            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().quarantined());
            assertEquals(0, counters.extentsLate());
            assertEquals(4, rig.totals().owned());
            finished(4, named(4));
            assertEquals(4, handedOff(5, named(5, 11, 12, 13, 14)));
        }
    }

    @Test
    void shouldGrantWithoutATierThatIsOffOrHasForgotten() {
        try (rig) {
            storedAndEvicted();
            tier.losesAll = true;
            assertEquals(0, handedOff(3, named(5, 11, 12, 13, 14)));
            assertEquals(4, counters.blocksLost());
            tier.isOff = true;
            rig.granted(4, 1);
            assertEquals(0, handedOff(5, named(4, 21, 22, 23)));
            assertEquals(3, counters.blocksDropped());
        }
    }

    @Test
    void shouldGrantInTimeWhatATierIsTooBusyFor() {
        try (rig) {
            storedAndEvicted();
            tier.isFull = true;
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals("GRANT 3", rig.sender.take().getLast());
            assertEquals(0, finished(3, named(5, 11, 12, 13, 14)));
            assertEquals(0, tier.loadsBegun);
        }
    }

    @Test
    void shouldDropWhatIsRefusedTooLongAndNeverStoreWhatWasEvictedMeanwhile() {
        try (rig) {
            tier.isFull = true;
            handedOff(1, named(4, 11, 12, 13));
            evictAll(2);
            tier.isFull = false;
            rig.step(3);
            assertEquals(0, tier.storesBegun, "their memory is others' by now");
            assertEquals(3, counters.blocksDropped());

            tier.isFull = true;
            handedOff(3, named(3, 21, 22));
            rig.pass(TimeUnit.SECONDS.toNanos(3));
            assertEquals(5, counters.blocksDropped());
            assertEquals(0, counters.blocksWaiting());
        }
    }

    @Test
    void shouldNotEvictWhatIsOnItsWayDown() {
        try (rig) {
            tier.isFlowing = false;
            handedOff(1, named(3, 11, 12));
            assertEquals(2, tier.storesUnderWay());
            rig.reserve(2, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.QUEUED, rig.state(2));
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(ReservationState.GRANTED, rig.state(2));
            assertEquals(2, tier.records.size());
        }
    }

    /** Stores end in the chain's order: what was let go of last must not be its end. */
    @Test
    void shouldStillEvictTheEndOfAChainFirst() {
        try (rig) {
            tier.isFlowing = false;
            handedOff(1, named(6, 11, 12, 13, 14, 15, 16));
            tier.isFlowing = true;
            rig.step(3);
            tier.isOff = true;
            handedOff(2, named(4));
            assertEquals(4, handedOff(3, named(6, 11, 12, 13, 14, 15, 16)));
        }
    }
}
