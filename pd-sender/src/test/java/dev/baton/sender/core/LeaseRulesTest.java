package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a sender may post, must renew, and gives up: by what it can know of a lease that runs at the other end. */
class LeaseRulesTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LEASE = 10_000 * MS;
    private static final long NOW = -5_000 * MS;

    private final Lease lease = new Lease();

    @ParameterizedTest(name = "the word took {0} ms: renewed after {1} ms")
    @CsvSource({"0, 2000", "3000, 2000", "6000, 500", "7000, 0", "12000, 0"})
    void shouldRenewSoonerTheMoreOfItMayBeOver(long tookMs, long renewMs) {
        lease.begin(NOW - tookMs * MS, LEASE, NOW);
        assertEquals(NOW + renewMs * MS, lease.renewAtNs());
        assertEquals(NOW - tookMs * MS + 7_000 * MS, lease.postUntilNs(), "70 % of what may have begun first");
        assertEquals(NOW + LEASE, lease.endNs(), "given up by the latest");
    }

    @Test
    void shouldBeginAnewWhenTheAnsweredRenewWasSent() {
        lease.begin(NOW, LEASE, NOW);
        int first = lease.renewing(NOW + 2_000 * MS);
        assertEquals(NOW + 4_000 * MS, lease.renewAtNs());
        int second = lease.renewing(NOW + 4_000 * MS);
        assertEquals(first + 1, second);
        assertTrue(lease.renewed(first, LEASE));
        assertEquals(NOW + 9_000 * MS, lease.postUntilNs());
        assertTrue(lease.renewed(second, LEASE));
        assertEquals(NOW + 11_000 * MS, lease.postUntilNs());
        assertEquals(NOW + 14_000 * MS, lease.endNs());
        assertFalse(lease.renewed(second, LEASE), "it says nothing new");
        assertFalse(lease.renewed(first, LEASE), "nor does what comes behind it");
        assertFalse(lease.renewed(second + 1, LEASE), "nor an answer to nothing");
        assertEquals(NOW + 14_000 * MS, lease.endNs());
    }

    @Test
    void shouldNotBeginByAnAnswerWithoutALeaseNorWhereNoneRuns() {
        lease.begin(NOW, LEASE, NOW);
        int number = lease.renewing(NOW);
        assertFalse(lease.renewed(number, 0));
        assertTrue(lease.renewed(number, 1));
        lease.stop();
        assertFalse(lease.renewed(lease.renewing(NOW), LEASE));
        assertEquals(OutboundHandoff.NEVER, lease.endNs());
        assertEquals(OutboundHandoff.NEVER, lease.postUntilNs());
        assertEquals(OutboundHandoff.NEVER, lease.renewAtNs());
    }
}
