package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierLimits;
import org.junit.jupiter.api.Test;

/** A tier below that takes only what is asked for again. */
class SecondTouchTest extends LowerTierHarness {
    @Override
    protected TierLimits limits() {
        return LIMITS.withAdmission(TierAdmission.SECOND_TOUCH);
    }

    @Test
    void shouldStoreWhatIsFoundInThePoolOnce() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            assertEquals(0, tier.records.size());

            assertEquals(2, handedOff(2, named(4, 11, 12, 23)));
            assertEquals(2, tier.records.size(), "blocks 11 and 12 were touched twice");
            assertEquals(2, handedOff(3, named(4, 11, 12, 33)));
            assertEquals(2, tier.records.size());
            assertEquals(2, counters.blocksStored());
            assertEquals(0, counters.blocksDropped());
        }
    }

    @Test
    void shouldStoreWhatLandsOnceMore() {
        try (rig) {
            handedOff(1, named(5, 11, 12, 13, 14));
            evictAll(2);
            assertEquals(0, handedOff(3, named(5, 11, 12, 13, 14)), "nothing of it lies below");
            assertEquals(4, tier.records.size());
            evictAll(4);

            assertEquals(4, handedOff(5, named(5, 11, 12, 13, 14)));
            assertEquals(4, counters.blocksLoaded());
            assertEquals(4, counters.blocksStored(), "what came up lies there already");
        }
    }
}
