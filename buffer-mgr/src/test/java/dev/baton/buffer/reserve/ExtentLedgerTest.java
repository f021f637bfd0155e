package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps of extents, and those that are refused. Two banks of 10 extents in slabs 3 to 6, of 7 and 3 extents. */
class ExtentLedgerTest {
    private static final long OWNER = ExtentLedger.owner(2, 5);
    private static final long OTHER = ExtentLedger.owner(2, 6);

    private final ExtentLedger ledger =
        new ExtentLedger(new SlabPlan(new long[] {10 * 4096, 10 * 4096}, 4096, 7 * 4096, 3, Tier.DRAM));
    private final RunList runs = new RunList(4);

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @Test
    void shouldTakeAllThatAreThereAndNotOneMore() {
        assertFalse(ledger.take(0, 11, OWNER, runs));
        assertTrue(runs.isEmpty());
        assertTrue(ledger.take(0, 10, OWNER, runs));
        assertFalse(ledger.take(0, 1, OTHER, runs));
        assertEquals(10, runs.extentCount());
        assertEquals(0, ledger.availableCount(0));
        assertEquals(10, ledger.availableCount(1));
        assertEquals(10, ledger.counts().unavailable());
        assertEquals(0, ledger.freeRunCount(0));
        assertEquals(2, ledger.freeRunCount(1));
    }

    @Test
    void shouldKnowWhoOwnsWhat() {
        ledger.take(0, 4, OWNER, runs);
        long run = runs.run(0);

        assertTrue(ledger.isOwnedBy(run, OWNER));
        assertTrue(ledger.isOwnedBy(part(run, 1, 2), OWNER));
        assertFalse(ledger.isOwnedBy(run, OTHER), "another generation");
        assertFalse(ledger.isOwnedBy(run, ExtentLedger.owner(3, 5)), "another slot");
        assertFalse(ledger.isOwnedBy(part(run, 0, 5), OWNER), "the fifth is free");
        assertFalse(ledger.isOwnedBy(part(run, 5, 1), OWNER));
        assertFalse(ledger.isOwnedBy(ExtentRun.NONE, OWNER));
        ledger.quarantine(run, OWNER);
        assertFalse(ledger.isOwnedBy(run, OWNER), "quarantined is not owned");
        assertEquals(6, ledger.usableCount(0));
        ledger.recover(run, OWNER);
        assertTrue(ledger.isOwnedBy(run, OWNER));
    }

    @Test
    void shouldTellOwnersOfAllSlotsAndGenerationsApart() {
        assertEquals(0x2_FFFF_FFFFL, ExtentLedger.owner(2, -1));
        assertEquals(0x7FFF_FFFF_0000_0001L, ExtentLedger.owner(Integer.MAX_VALUE, 1));
    }

    /** In slabs 3 and 5 there are 7 extents, in 4 and 6 there are 3. */
    @ParameterizedTest
    @CsvSource({"2,0,1", "7,0,1", "3,0,8", "3,7,1", "4,1,3", "6,3,1", "3,0,0"})
    void shouldRefuseARunThatIsNotOfThisPool(int slab, int first, int count) {
        long run = ExtentRun.of(slab, first, count);

        refused("not a run of this pool", () -> ledger.release(run, OWNER));
        refused("not a run of this pool", () -> ledger.seal(run, OWNER));
        refused("not a run of this pool", () -> ledger.hold(run));
        refused("not a run of this pool", () -> ledger.drop(run));
        refused("not a run of this pool", () -> ledger.idleCount(run));
        assertFalse(ledger.isOwnedBy(run, OWNER));
    }

    @Test
    void shouldTakeStepsOfTheirOwnerAlone() {
        ledger.take(0, 4, OWNER, runs);
        long run = runs.run(0);

        refused("from=OWNED to=FREE owner=0x200000006 but slab=3 extent=0 state=OWNED owner=0x200000005",
            () -> ledger.release(run, OTHER));
        refused("from=OWNED to=SEALED owner=0x200000006", () -> ledger.seal(run, OTHER));
        refused("from=OWNED to=QUARANTINED owner=0x200000006", () -> ledger.quarantine(run, OTHER));
        refused("from=QUARANTINED to=OWNED owner=0x200000005", () -> ledger.recover(run, OWNER));
        ledger.quarantine(run, OWNER);
        refused("from=QUARANTINED to=OWNED owner=0x200000006", () -> ledger.recover(run, OTHER));
        refused("from=OWNED to=FREE owner=0x200000005 but slab=3 extent=0 state=QUARANTINED owner=0x200000005",
            () -> ledger.release(run, OWNER));
        refused("state=QUARANTINED", () -> ledger.hold(run));
        assertEquals(4, ledger.counts().count(0, ExtentState.QUARANTINED));
    }

    @Test
    void shouldNameTheFirstExtentThatIsInTheWay() {
        ledger.take(0, 3, ExtentLedger.owner(9, 9), runs);   // fills slab 4
        ledger.take(0, 3, OWNER, runs);
        ledger.take(0, 2, OTHER, runs);
        long both = ExtentRun.of(3, 0, 5);

        refused("but slab=3 extent=3 state=OWNED owner=0x200000006", () -> ledger.release(both, OWNER));
        refused("but slab=3 extent=5 state=FREE holders=0", () -> ledger.seal(ExtentRun.of(3, 3, 4), OTHER));
        ledger.seal(ExtentRun.of(3, 0, 3), OWNER);
        refused("only SEALED extents are held, dropped and evicted: slab=3 extent=3 state=OWNED",
            () -> ledger.idleCount(both));
        refused("but slab=3 extent=0 state=SEALED holders=1", () -> ledger.release(both, OWNER));
    }

    @Test
    void shouldCountHoldersAndIdleExtents() {
        ledger.take(0, 6, OWNER, runs);
        long run = runs.run(0);
        ledger.seal(run, OWNER);
        assertEquals(1, ledger.holderCount(3, 0));
        assertEquals(0, ledger.idleCount(run));
        ledger.drop(part(run, 0, 4));
        ledger.hold(part(run, 1, 1));
        ledger.hold(part(run, 3, 3));

        assertEquals(List.of(0, 1, 0, 1, 2, 2, 0), holders());
        assertEquals(2, ledger.idleCount(run));
        assertEquals(2, ledger.counts().evictable(0));
        assertEquals(4 + 2, ledger.availableCount(0));
        assertEquals(4, ledger.counts().unavailable());
        refused("nobody holds it: slab=3 extent=0 state=SEALED holders=0", () -> ledger.drop(run));
        assertEquals(List.of(0, 1, 0, 1, 2, 2, 0), holders(), "a refused step changes nothing");
    }

    @Test
    void shouldEvictTheIdleInTheOrderInWhichTheyBecameIdleFromTheEndAndNoneThatIsHeld() {
        List<String> evicted = new ArrayList<>();
        assertSame(ledger, ledger.evictBy(new ToldEviction(ledger.plan(), (bank, run) -> evicted.add(bank + " " + ExtentRun.describe(run)))));
        ledger.take(0, 7, OWNER, runs);
        long run = ExtentRun.of(3, 0, 7);
        ledger.seal(run, OWNER);
        ledger.drop(part(run, 4, 2));
        ledger.drop(part(run, 0, 3));
        ledger.hold(part(run, 1, 1));
        refused("too few are evictable: bank=0 count=5 evictable=4", () -> ledger.evict(0, 5));

        assertTrue(ledger.take(0, 5, OTHER, runs), "three are free and two are evicted");
        assertEquals(List.of("0 slab=3 extents=[4,6)"), evicted);
        assertTrue(ledger.take(0, 2, OTHER, runs));
        assertEquals(List.of("0 slab=3 extents=[4,6)", "0 slab=3 extents=[2,3)", "0 slab=3 extents=[0,1)"), evicted);
        assertFalse(ledger.take(0, 1, OTHER, runs), "the rest is held");
        assertEquals(3, ledger.counts().count(0, ExtentState.SEALED));
    }

    /** A policy that is wrong must not make anyone's memory another's. */
    @Test
    void shouldRefuseAVictimThatIsHeldOrNotSealed() {
        long[] victim = {0};
        ExtentEviction wrong = new ExtentEviction() {
            @Override
            public void onIdle(int bank, long run) {}

            @Override
            public void onHeld(int bank, long run) {}

            @Override
            public long nextVictims(int bank, int countMax) {
                return victim[0];
            }

            @Override
            public long bookkeepingBytes() {
                return 0;
            }
        };
        ExtentLedger misled = new ExtentLedger(SlabPlan.even(1, 8 * SlabPlan.EXTENT_BYTES)).evictBy(wrong);
        misled.take(0, 4, OWNER, runs);
        misled.seal(ExtentRun.of(0, 0, 3), OWNER);
        misled.drop(ExtentRun.of(0, 0, 2));

        victim[0] = ExtentRun.of(0, 1, 2);
        refused("evicted while held: slab=0 extent=2", () -> misled.evict(0, 2));
        refused("sealed before the order of eviction was chosen: slab=0 extent=0", () -> misled.evictBy(wrong));
        victim[0] = ExtentRun.of(0, 3, 1);
        refused("only SEALED extents are held, dropped and evicted: slab=0 extent=3", () -> misled.evict(0, 1));
    }

    @Test
    void shouldShowOneMomentToReadersWhileAStepGoesOn() throws InterruptedException {
        long[] copy = new long[ledger.counts().length()];
        ledger.beginStep();
        ledger.takeInStep(0, 3, OWNER, runs);
        Thread reader = new Thread(() -> ledger.counts().copy(copy), "counts-reader");
        reader.start();
        ledger.takeInStep(1, 2, OWNER, runs);
        ledger.endStep();
        reader.join(20_000);

        assertFalse(reader.isAlive(), "it reads once the step is over");
        assertEquals(List.of(7L, 3L, 8L, 2L), List.of(copy[0], copy[1], copy[5], copy[6]));
    }

    private List<Integer> holders() {
        List<Integer> counts = new ArrayList<>();
        for (int extent = 0; extent < 7; extent++) {
            counts.add(ledger.holderCount(3, extent));
        }
        return counts;
    }

    private static long part(long run, int from, int count) {
        return ExtentRun.of(ExtentRun.slabId(run), ExtentRun.firstExtent(run) + from, count);
    }

    private static void refused(String why, Executable step) {
        IllegalStateException refused = assertThrows(IllegalStateException.class, step);
        assertTrue(refused.getMessage().contains(why), refused::getMessage);
    }
}
