package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Walks over the sender's states: only legal steps are taken, and what the engine relies on holds on each walk. */
class OutboundStatePropertyTest {
    @Property(tries = 1000)
    void shouldHoldMemoryWhereverBytesGoAndEndOnce(@ForAll @Size(min = 1, max = 120) List<OutboundState> wishes) {
        Set<OutboundState> walked = EnumSet.of(OutboundState.NEW);
        OutboundState at = OutboundState.NEW;
        for (OutboundState next : wishes) {
            if (!at.mayBecome(next)) {
                continue;
            }
            assertFalse(at.isEnd(), "left its end");
            walked.add(next);
            if (next == OutboundState.STREAMING) {
                assertTrue(walked.contains(OutboundState.GRANTED), "bytes before the whole grant");
            }
            if (next == OutboundState.LANDED || next == OutboundState.UNKNOWN) {
                assertTrue(walked.contains(OutboundState.FIN_SENT), "landed before all was said");
            }
            if (next == OutboundState.DONE) {
                assertTrue(walked.contains(OutboundState.LANDED));
            }
            if (at.isHeldByPeer() && next.isEnd()) {
                throw new AssertionError("ended while the peer holds memory and agents may read the sources: " + at);
            }
            at = next;
        }
    }

    /** Whatever begins, ages and is renewed: posts stop before the lease ends, and it never ends later than asked for. */
    @Property(tries = 500)
    void shouldStopPostsBeforeTheLeaseEnds(@ForAll @IntRange(min = 1, max = 1_000_000_000) int beganNs,
        @ForAll @IntRange(min = 1000, max = Integer.MAX_VALUE) int leaseNs,
        @ForAll @Size(max = 20) List<@IntRange(min = 1, max = 1000) Integer> stepsPerMille) {
        Lease lease = new Lease();
        assertEquals(OutboundHandoff.NEVER, lease.postUntilNs());
        lease.begin(beganNs, leaseNs, beganNs);
        long nowNs = beganNs;
        for (int step : stepsPerMille) {
            assertTrue(lease.postUntilNs() < lease.endNs());
            assertEquals((long) beganNs + leaseNs, lease.endNs());
            assertTrue(lease.renewAtNs() - nowNs <= leaseNs / 5, "a renewal comes five times a lease");
            nowNs += leaseNs / 1000L * step;
            lease.renewing(nowNs);
        }
        lease.stop();
        assertFalse(lease.isRunning());
        assertEquals(OutboundHandoff.NEVER, lease.endNs());
    }
}
