package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.PrefetchAsk;

/** Blocks come up from the tier below before the request that names them, and take nothing from requests that are here. Loads may have half of the pool, prefetches a quarter. */
class PrefetchTest extends LowerTierHarness {
    private static final long TENANT = new Ask().tenant;

    private void prefetch(long... keys) {
        rig.core.below().prefetch(new PrefetchAsk(TENANT, ReceiverRig.LAYOUT, keysOf(keys)));
    }

    private static List<BlockKey> keysOf(long... keys) {
        return Arrays.stream(keys).mapToObj(key -> new BlockKey(0, 0, 0, key)).toList();
    }

    private String lastTold() {
        return rig.engine.told.getLast();
    }

    @Test
    void shouldGrantTheRestAtOnceToARequestWhoseBlocksWerePrefetched() {
        try (rig) {
            storedAndEvicted();
            tier.loadsBegun = 0;
            prefetch(11, 12, 13, 14);
            rig.step(8);
            assertEquals("prefetched 4 of 4", lastTold());
            assertEquals(4, tier.loadsBegun);
            assertEquals(4, counters.prefetched());
            assertEquals(0, rig.totals().owned(), "it pins nothing");

            tier.isFlowing = false;   // whatever the tier does now
            long promotions = counters.promotions();
            rig.reserve(3, named(5, 11, 12, 13, 14));
            assertEquals(List.of("GRANT 3"), rig.sender.take(), "not held back, not even for a cycle");
            assertEquals(4L * ReceiverRig.BLOCK_TOKENS, rig.sender.grants.get(ReceiverRig.id(3)).heldTokens());
            assertEquals(promotions, counters.promotions());
            assertEquals(4, finished(3, named(5, 11, 12, 13, 14)));
            assertEquals(4, counters.prefetchedUsed());
            assertEquals(0, counters.prefetchedWasted());
        }
    }

    @Test
    void shouldCountOnceWhatIsUsedAndWhatGoesUnused() {
        try (rig) {
            storedAndEvicted();
            prefetch(11, 12);
            rig.step(8);
            assertEquals(2, handedOff(3, named(3, 11, 12)));
            assertEquals(2, handedOff(4, named(3, 11, 12)));
            assertEquals(2, counters.prefetchedUsed());
            prefetch(11, 12, 13, 14);
            rig.step(8);
            assertEquals(4, counters.prefetched(), "two are here already");
            evictAll(5);
            rig.pass(TimeUnit.SECONDS.toNanos(1));
            assertEquals(2, counters.prefetchedUsed());
            assertEquals(2, counters.prefetchedWasted());
        }
    }

    @Test
    void shouldLeaveRequestsMostOfThePoolWhileItsLoadsHang() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            for (int i = 0; i < 20; i++) {
                prefetch(11, 12, 13, 14);
            }
            rig.step(5);
            assertEquals(2, tier.loadsUnderWay());
            assertEquals(2, rig.totals().owned(), "a quarter, however many ask");
            rig.granted(3, ReceiverRig.EXTENTS - 2);
            finished(3, named(ReceiverRig.EXTENTS - 2));

            rig.pass(TimeUnit.SECONDS.toNanos(5));
            assertEquals(2, rig.totals().quarantined(), "late, as any load");
            assertEquals("prefetched 0 of 4", lastTold());
            assertEquals(20, rig.engine.told.stream().filter("prefetched 0 of 4"::equals).count());
            tier.isFlowing = true;
            rig.step(5);
            assertEquals(0, rig.totals().owned() + rig.totals().quarantined());
            handedOff(4, named(ReceiverRig.EXTENTS));
        }
    }

    @Test
    void shouldLoadNothingWhereRequestsWaitForMemory() {
        try (rig) {
            storedAndEvicted();
            rig.granted(3, ReceiverRig.EXTENTS);
            rig.reserve(4, named(2));
            assertEquals(ReservationState.QUEUED, rig.state(4));
            tier.loadsBegun = 0;
            prefetch(11, 12, 13, 14);
            rig.step(5);
            assertEquals("prefetched 0 of 4", lastTold());
            assertEquals(0, tier.loadsBegun);
            finished(3, named(ReceiverRig.EXTENTS));
            assertEquals(ReservationState.GRANTED, rig.state(4));
        }
    }

    /** A pool that is all granted has no room, though nobody waits: nothing that is held goes for a prefetch. */
    @Test
    void shouldTakeNothingThatIsHeld() {
        try (rig) {
            storedAndEvicted();
            rig.granted(3, ReceiverRig.EXTENTS);
            prefetch(11, 12, 13, 14);
            rig.step(5);
            assertEquals("prefetched 0 of 4", lastTold());
            assertEquals(ReceiverRig.EXTENTS, rig.totals().owned());
            finished(3, named(ReceiverRig.EXTENTS));
        }
    }

    @Test
    void shouldGiveWayToTheRequestItself() {
        try (rig) {
            storedAndEvicted();
            tier.isFlowing = false;
            prefetch(11, 12, 13, 14);
            rig.step(3);
            assertEquals(2, tier.loadsUnderWay());
            rig.reserve(3, named(5, 11, 12, 13, 14));
            rig.step(3);
            assertEquals(List.of("QUEUED 3 position=0"), rig.sender.take(), "held back as without a prefetch");
            tier.isFlowing = true;
            rig.step(8);
            assertEquals("prefetched 2 of 4", rig.engine.told.stream().filter(told -> told.startsWith("prefetched")).findFirst().orElseThrow());
            assertEquals(List.of("GRANT 3"), rig.sender.take());
            assertEquals(4, finished(3, named(5, 11, 12, 13, 14)));
            assertEquals(2, counters.prefetchedUsed());
        }
    }

    @Test
    void shouldAnswerAtOnceWhereNothingCanBeLoaded() {
        try (rig; ReceiverRig without = new ReceiverRig()) {
            without.core.below().prefetch(new PrefetchAsk(TENANT, ReceiverRig.LAYOUT, keysOf(1)));
            assertEquals(List.of("prefetched 0 of 1"), without.engine.told);

            handedOff(1, named(5, 11, 12, 13, 14));
            tier.isOff = true;
            prefetch(11, 12, 77);
            rig.step(3);
            assertEquals("prefetched 2 of 3", lastTold());
            rig.core.below().prefetch(new PrefetchAsk(TENANT + 1, ReceiverRig.LAYOUT, keysOf(11)));
            rig.step(3);
            assertEquals("prefetched 0 of 1", lastTold(), "another tenant's");
        }
    }

    /** The pairing of a source-first handoff: the session tells how its sender lays KV out. */
    @Test
    void shouldPrefetchForASenderThatIsAsked() {
        try (rig) {
            storedAndEvicted();
            rig.core.below().prefetch(rig.session(), TENANT, keysOf(11, 12, 13, 14));
            rig.step(8);
            assertEquals(4, counters.prefetched());
            assertTrue(rig.engine.told.stream().noneMatch(told -> told.startsWith("prefetched")), "nobody asked");
            assertEquals(4, handedOff(3, named(5, 11, 12, 13, 14)));
        }
    }
}
