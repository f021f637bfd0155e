package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.TierLimits;

/**
 * Blocks of half the pool below one of which loads may have a quarter: they come up by slices, and what hangs keeps no more than the
 * quarter.
 */
class LargePartTest extends LowerTierHarness {
    private static final int SHARE = 2;

    /** Four of eight. */
    @Override
    protected int cellExtents() {
        return 4;
    }

    @Override
    protected TierLimits limits() {
        return withDivisor(ReceiverRig.EXTENTS / SHARE);
    }

    private static TierLimits withDivisor(int divisor) {
        return new TierLimits(LIMITS.waitNs(), 64, 32, divisor, 16, 4096, LIMITS.refusedNs(), LIMITS.admission(), LIMITS.quarantineNs());
    }

    private void storedAndGone() {
        handedOff(1, named(2, 11));
        assertEquals(4, tier.records.size(), "slices of an extent");
        evictAll(2);
    }

    @Test
    void shouldComeUpBySlicesOfItsShare() {
        try (rig) {
            storedAndGone();
            tier.isFlowing = false;
            rig.reserve(3, named(2, 11));
            rig.step(5);
            assertEquals(SHARE, tier.loadsUnderWay(), "no more at a time");
            tier.isFlowing = true;
            rig.step(6);
            assertEquals("GRANT 3", rig.sender.take().getLast());
            assertEquals(1, finished(3, named(2, 11)));
            assertEquals(1, counters.blocksLoaded());
            assertEquals(0, counters.promotionsNoRoom());
        }
    }

    /** A device that hangs has been told of two extents: the other two are others' as soon as the wait is over. */
    @Test
    void shouldKeepOnlyWhatALateLoadMayWriteTo() {
        try (rig) {
            storedAndGone();
            tier.isFlowing = false;
            rig.reserve(3, named(2, 11));
            rig.pass(60 * ReceiverRig.MS);
            assertEquals(ReservationState.QUEUED, rig.state(3), "it needs all eight");
            assertEquals(SHARE, rig.totals().owned());
            assertEquals(SHARE, counters.extentsLate());
            assertEquals(1, counters.promotionsLate());
            rig.pass(TimeUnit.SECONDS.toNanos(3));
            assertEquals(SHARE, rig.totals().quarantined());
            assertTrue(rig.sender.take().getLast().startsWith("REJECT 3 TOO_BIG_NOW"));
            rig.reserve(4, named(1));
            assertEquals("GRANT 4", rig.sender.take().getLast(), "what is left is others'");
            tier.isFlowing = true;
            rig.step(4);
            assertEquals(0, rig.totals().quarantined());
            assertEquals(0, counters.extentsLate());
            finished(4, named(1));
            assertEquals(1, handedOff(5, named(2, 11)));
        }
    }

    /** It is lost half way: nothing of it is found, and all of its memory is back. */
    @Test
    void shouldGiveUpWhatDoesNotComeWhole() {
        try (rig) {
            storedAndGone();
            tier.losesAll = true;
            assertEquals(0, handedOff(3, named(2, 11)));
            assertEquals(1, counters.blocksLost());
            assertTrue(tier.loadsBegun < 4, "the rest was not asked for");
            assertEquals(0, rig.totals().owned());
        }
    }

    /** Nobody waits for a prefetch, and it takes no more than half of the share: it is refused, and that is counted. */
    @Test
    void shouldNotTakeSoMuchForAPrefetch() {
        try (rig) {
            storedAndGone();
            rig.core.below().prefetch(new PrefetchAsk(new Ask().tenant, ReceiverRig.layout("toy", 16 * cellExtents()), List.of(new BlockKey(0, 0, 0, 11))));
            rig.step(5);
            assertEquals("prefetched 0 of 1", rig.engine.told.getLast());
            assertEquals(1, counters.promotionsNoRoom());
            assertEquals(0, tier.loadsBegun);
        }
    }
}
