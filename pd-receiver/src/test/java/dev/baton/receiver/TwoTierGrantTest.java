package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.receiver.core.ReceiverLimits;
import dev.baton.transport.wire.Tier;

/** What the conversation says of the two tiers, and the slow start behind an engine's return. */
class TwoTierGrantTest {
    private static final int SPILL = 32;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static ReceiverRig rig() {
        return new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, AdmissionLimits.DEFAULT, SPILL);
    }

    @Test
    void shouldSayInTheGrantWhereAllOfItLies() {
        try (ReceiverRig rig = rig()) {
            assertEquals(Tier.DRAM, rig.bound(1, ReceiverRig.EXTENTS - 1, "tcp").tier());
            assertEquals(Tier.DISK, rig.bound(2, 2, "tcp").tier());
            assertEquals(Tier.DRAM, rig.bound(3, 1, "tcp").tier());
            assertEquals(Tier.DISK, rig.bound(4, ReceiverRig.EXTENTS + 1, "tcp").tier());
            rig.reserve(5, SPILL + 1);
            assertTrue(rig.sender.take().getFirst().startsWith("REJECT 5 REQUEST_TOO_BIG"));
        }
    }

    @Test
    void shouldBoundWhatIsQuarantinedOfEachTier() {
        try (ReceiverRig rig = rig()) {
            // Three of eight fast extents are more than a quarter, though of all forty they are not.
            ScriptedSender.Grant grant = rig.bound(1, 3, "shm");
            rig.loseSession();
            rig.revokedBy(grant, 0);
            rig.revokedBy(grant, 1);
            rig.pass(4 * SECOND);
            assertEquals(3, rig.totals().quarantined());

            rig.connect(0x6666, ReceiverRig.LAYOUT);
            rig.reserve(2, 1);

            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 2 PEER_QUARANTINED"), heard);
        }
    }

    @Test
    void shouldStartSlowlyWhenAnEngineComesBack() {
        AdmissionLimits slow = new AdmissionLimits(512, Long.MAX_VALUE, 0, 0, SECOND, AdmissionLimits.DEFAULT.tenants(), 1, SECOND,
            3);
        try (ReceiverRig rig = new ReceiverRig(ReceiverLimits.DEFAULT, ReceiverRig.LAYOUT, ReceiverRig.LAYOUT, slow, 0)) {
            rig.granted(1, 1);
            rig.pass(4 * SECOND);
            rig.granted(2, 1);
            rig.granted(3, 1);   // the ramp is over
            rig.core.engineAttached(false);
            rig.core.engineAttached(true);
            rig.granted(4, 1);
            rig.reserve(5, 1);
            assertTrue(rig.sender.take().getFirst().startsWith("QUEUED 5"), "everyone comes back at once");
        }
    }

    @Test
    void shouldGoOnDrainingWhenAnEngineComesBack() {
        try (ReceiverRig rig = rig()) {
            rig.core.drain();
            rig.step(2);
            rig.sender.take();
            rig.core.engineAttached(false);
            rig.core.engineAttached(true);
            rig.reserve(1, 1);
            String heard = rig.sender.take().getFirst();
            assertTrue(heard.startsWith("REJECT 1 DRAINING"), heard);
        }
    }
}
