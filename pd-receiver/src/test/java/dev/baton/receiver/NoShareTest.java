package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.TierLimits;

/** A pool so small that loads may not have one extent of it: nothing comes up, which is counted, and nothing waits for it. */
class NoShareTest extends LowerTierHarness {
    @Override
    protected TierLimits limits() {
        return new TierLimits(LIMITS.waitNs(), 64, 32, 2 * ReceiverRig.EXTENTS, 16, 4096, LIMITS.refusedNs(), LIMITS.admission(), LIMITS.quarantineNs());
    }

    @Test
    void shouldCountWhatHasNoRoomToComeUpIn() {
        try (rig) {
            storedAndEvicted();
            assertEquals(0, handedOff(3, named(5, 11, 12, 13, 14)));
            assertEquals(0, tier.loadsBegun);
            assertEquals(0, counters.promotionsLate());
            assertTrue(counters.promotionsNoRoom() > 0, "counted");
        }
    }
}
