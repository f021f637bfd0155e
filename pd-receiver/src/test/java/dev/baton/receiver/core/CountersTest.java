package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

import org.junit.jupiter.api.Test;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** Each thing is counted once, where it is read, and nowhere else. */
class CountersTest {
    private record Counted(Runnable happens, LongSupplier read) {}

    /** After one is done once more than the one before it, each reading is its own. */
    private static void assertEachItsOwn(List<Counted> all) {
        long[] expected = new long[all.size()];
        for (int i = 0; i < expected.length; i++) {
            for (int times = 0; times <= i; times++) {
                all.get(i).happens().run();
                expected[i]++;
            }
        }
        assertArrayEquals(expected, all.stream().mapToLong(counted -> counted.read().getAsLong()).toArray());
    }

    @Test
    void shouldCountWhatTheReceiverDoes() {
        ReceiverCounters counters = new ReceiverCounters();
        List<Counted> all = new ArrayList<>(List.of(
            new Counted(counters::granted, counters::grants),
            new Counted(counters::queuedOne, counters::queued),
            new Counted(counters::nacked, counters::nacks),
            new Counted(counters::staleOne, counters::stale),
            new Counted(counters::protocolError, counters::protocolErrors),
            new Counted(counters::quarantined, counters::quarantines),
            new Counted(counters::releaseLate, counters::releasesLateCount),
            new Counted(counters::cancelledLate, counters::cancelledLateCount),
            new Counted(counters::peerDraining, counters::peerDrainingCount),
            new Counted(counters::toldStale, counters::toldStaleCount)));
        all.addAll(List.of(
            new Counted(counters::abortAcknowledged, counters::abortAcknowledgedCount),
            new Counted(counters::wantAcknowledged, counters::wantAcknowledgedCount),
            new Counted(counters::wantDoubled, counters::wantsDoubled),
            new Counted(counters::notHereUnasked, counters::notHereUnaskedCount),
            new Counted(counters::recheckedOne, counters::rechecks),
            new Counted(counters::recheckLate, counters::rechecksLate),
            new Counted(() -> counters.keptBlocks(1), counters::blocksKept),
            new Counted(counters::engineLost, counters::enginesLost),
            new Counted(() -> counters.readyOne(7), counters::ready),
            new Counted(() -> counters.ended(EndReason.CORRUPT), () -> counters.ends(EndReason.CORRUPT)),
            new Counted(() -> counters.outcome(OutcomeKind.ABORTED), () -> counters.outcomes(OutcomeKind.ABORTED))));
        assertEachItsOwn(all);
        assertEquals(7 * counters.ready(), counters.readyBytes());
        counters.lookedUp(5, 3);
        assertEquals(5, counters.blocksNamed());
        assertEquals(3, counters.blocksHeld());
        assertEquals(0, counters.ends(EndReason.MISSING));
        assertEquals(0, counters.outcomes(OutcomeKind.DELIVERED));
    }

    @Test
    void shouldCountWhatProofFreedMemory() {
        FenceCounters counters = new FenceCounters();
        assertEachItsOwn(List.of(new Counted(counters::drainedOne, counters::drained),
            new Counted(counters::drainedThroughOne, counters::drainedThrough), new Counted(counters::writerGoneOne, counters::writerGone),
            new Counted(counters::freedLateOne, counters::freedLate)));
    }

    @Test
    void shouldCountWhatGoesToTheTierBelowAndComesFromIt() {
        TierCounters counters = new TierCounters(1);
        assertEachItsOwn(List.of(new Counted(() -> counters.promoted(false), counters::promotions),
            new Counted(counters::noRoom, counters::promotionsNoRoom), new Counted(() -> counters.stored(true), counters::blocksStored),
            new Counted(() -> counters.stored(false), counters::blocksPresent), new Counted(counters::dropped, counters::blocksDropped),
            new Counted(() -> counters.waiting(1), counters::blocksWaiting), new Counted(() -> counters.late(1), counters::extentsLate),
            new Counted(() -> counters.loaded(1, 0), counters::blocksLoaded), new Counted(() -> counters.loaded(0, 1), counters::blocksLost)));
        long promotions = counters.promotions();
        assertEquals(0, counters.promotionsLate());
        counters.promoted(true);
        assertEquals(1, counters.promotionsLate());
        assertEquals(promotions + 1, counters.promotions());
    }
}
