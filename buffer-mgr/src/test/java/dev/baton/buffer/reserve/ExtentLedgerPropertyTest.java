package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/** Any order of steps on extents, against one array of states an extent: a found failure shrinks to a short list of steps. */
class ExtentLedgerPropertyTest {
    private static final int EXTENTS = 24;
    private static final int OWNERS = 4;

    /** What the model knows of one run that is not free. */
    private record Held(long run, long owner, ExtentState state, int holders) {}

    private final List<Held> held = new ArrayList<>();
    private ExtentLedger ledger;

    @BeforeTry
    void beginWithAllFree() {
        ledger = new ExtentLedger(new SlabPlan(new long[] {EXTENTS * 4096L}, 4096, 10 * 4096, 4, Tier.DRAM));
        held.clear();
    }

    @Property(tries = 250)
    void shouldAgreeWithAListOfRunsWhateverTheStepsAre(
        @ForAll @Size(min = 1, max = 80) List<@IntRange(min = 0, max = 0xFFFF) Integer> steps) {
        ledger.evictBy(new ToldEviction(ledger.plan(), (_, run) -> forget(run)));
        for (int step : steps) {
            step(step & 7, step >>> 3);
            ledger.checkInvariants();
            compare();
        }
    }

    @Property(tries = 200)
    void shouldChangeNothingByAStepThatIsNotLegal(@ForAll @IntRange(min = 1, max = EXTENTS) int count,
        @ForAll @IntRange(min = 0, max = 5) int step) {
        long owner = ExtentLedger.owner(1, 7);
        RunList runs = new RunList(4);
        assertTrue(ledger.take(0, count, owner, runs));
        long run = runs.run(0);
        long stranger = ExtentLedger.owner(1, 8);

        assertThrows(IllegalStateException.class, () -> {
            switch (step) {
                case 0 -> ledger.release(run, stranger);
                case 1 -> ledger.seal(run, stranger);
                case 2 -> ledger.quarantine(run, stranger);
                case 3 -> ledger.recover(run, owner);
                case 4 -> ledger.hold(run);
                default -> ledger.drop(run);
            }
        });

        ledger.checkInvariants();
        assertTrue(ledger.isOwnedBy(run, owner));
        assertEquals(EXTENTS - count, ledger.freeCount(0));
    }

    private void step(int kind, int argument) {
        if (kind < 3) {
            take(1 + argument % 9, ExtentLedger.owner(argument % OWNERS, argument % 3));
            return;
        }
        if (held.isEmpty()) {
            return;
        }
        Held at = held.remove(argument % held.size());
        switch (at.state()) {
            case OWNED -> {
                if (kind < 5) {
                    ledger.release(at.run(), at.owner());
                } else if (kind < 7) {
                    ledger.seal(at.run(), at.owner());
                    held.add(new Held(at.run(), 0, ExtentState.SEALED, 1));
                } else {
                    ledger.quarantine(at.run(), at.owner());
                    held.add(new Held(at.run(), at.owner(), ExtentState.QUARANTINED, 0));
                }
            }
            case QUARANTINED -> {
                assertThrows(IllegalStateException.class, () -> ledger.release(at.run(), at.owner()));
                ledger.recover(at.run(), at.owner());
                held.add(new Held(at.run(), at.owner(), ExtentState.OWNED, 0));
            }
            case SEALED -> {
                boolean isHeld = kind < 5 || at.holders() == 0;
                if (isHeld) {
                    ledger.hold(at.run());
                } else {
                    ledger.drop(at.run());
                }
                held.add(new Held(at.run(), 0, ExtentState.SEALED, at.holders() + (isHeld ? 1 : -1)));
            }
            case FREE -> throw new AssertionError("a free run in the model: " + at);
        }
    }

    private void take(int count, long owner) {
        int available = EXTENTS - held.stream().filter(at -> !isIdle(at))
            .mapToInt(at -> ExtentRun.extentCount(at.run())).sum();
        RunList runs = new RunList(4);

        boolean isTaken = ledger.take(0, count, owner, runs);

        assertEquals(available >= count, isTaken, "available=" + available + " count=" + count);
        assertEquals(isTaken ? count : 0, runs.extentCount());
        for (int i = 0; i < runs.size(); i++) {
            held.add(new Held(runs.run(i), owner, ExtentState.OWNED, 0));
        }
    }

    /** An eviction takes any part of idle runs: what is left of each stays in the model. */
    private void forget(long gone) {
        for (Held at : List.copyOf(held)) {
            if (isIdle(at) && ExtentRun.slabId(at.run()) == ExtentRun.slabId(gone)) {
                held.remove(at);
                int first = ExtentRun.firstExtent(at.run());
                int end = first + ExtentRun.extentCount(at.run());
                int goneFirst = Math.clamp(ExtentRun.firstExtent(gone), first, end);
                int goneEnd = Math.clamp(ExtentRun.firstExtent(gone) + ExtentRun.extentCount(gone), first, end);
                keep(gone, first, goneFirst);
                keep(gone, goneEnd, end);
                if (goneFirst == goneEnd) {   // both halves above are the whole run, cut where nothing is gone
                    held.removeIf(part -> isIdle(part) && isInside(part.run(), at.run()));
                    held.add(at);
                }
            }
        }
    }

    private void keep(long slabOf, int first, int end) {
        if (end > first) {
            held.add(new Held(ExtentRun.of(ExtentRun.slabId(slabOf), first, end - first), 0, ExtentState.SEALED, 0));
        }
    }

    private static boolean isInside(long inner, long outer) {
        return ExtentRun.slabId(inner) == ExtentRun.slabId(outer)
            && ExtentRun.firstExtent(inner) >= ExtentRun.firstExtent(outer)
            && ExtentRun.firstExtent(inner) + ExtentRun.extentCount(inner)
            <= ExtentRun.firstExtent(outer) + ExtentRun.extentCount(outer);
    }

    private static boolean isIdle(Held at) {
        return at.state() == ExtentState.SEALED && at.holders() == 0;
    }

    private void compare() {
        boolean[][] seen = new boolean[8][EXTENTS];
        int used = 0;
        for (Held at : held) {
            for (int i = 0; i < ExtentRun.extentCount(at.run()); i++) {
                int extent = ExtentRun.firstExtent(at.run()) + i;
                assertFalse(seen[ExtentRun.slabId(at.run())][extent], "held twice: " + ExtentRun.describe(at.run()));
                seen[ExtentRun.slabId(at.run())][extent] = true;
                assertEquals(at.state(), ledger.state(ExtentRun.slabId(at.run()), extent));
                assertEquals(at.holders(), ledger.holderCount(ExtentRun.slabId(at.run()), extent));
                used++;
            }
        }
        assertEquals(EXTENTS - used, ledger.freeCount(0));
        assertEquals(EXTENTS - used, ledger.counts().count(0, ExtentState.FREE));
    }
}
