package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.RunList;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each step of a reservation from each state, and what stays of one that is over. Two shards of 16 extents. */
class ReservationStepsTest {
    private static final int PLACES = 5;

    private final ReservationLedger ledger = new ReservationLedger(
        new ExtentLedger(SlabPlan.even(2, 16 * SlabPlan.EXTENT_BYTES)), 0xABCDEF, PLACES);
    private int requests;

    @AfterEach
    void holdInvariants() {
        ledger.checkInvariants();
    }

    @ParameterizedTest
    @EnumSource(ReservationState.class)
    void shouldQuarantineAndConfirmInTheirStateAlone(ReservationState from) {
        if (!from.isTerminal()) {
            Reservation at = reach(from);
            if (from == ReservationState.FENCING) {
                ledger.quarantine(at);
                assertEquals(5, ledger.extents().counts().totals().quarantined());
                assertEquals(ReservationState.QUARANTINED, at.state());
            } else {
                refused("illegal step of a reservation: next=QUARANTINED", () -> ledger.quarantine(at));
            }
            if (at.state() == ReservationState.QUARANTINED) {
                ledger.confirmFenced(at);
                assertEquals(5, ledger.extents().counts().totals().owned());
            } else {
                refused("only a quarantined reservation is confirmed late", () -> ledger.confirmFenced(at));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReservationState.class)
    void shouldTellAddressesAndSealInTheirStatesAlone(ReservationState from) {
        if (!from.isTerminal()) {
            Reservation at = reach(from);
            if (EnumSet.of(ReservationState.GRANTED, ReservationState.RECEIVING).contains(from)) {
                ledger.reveal(at);
                assertTrue(at.isRevealed());
            } else {
                refused("only a granted reservation has addresses", () -> ledger.reveal(at));
            }
            if (EnumSet.of(ReservationState.VERIFYING, ReservationState.FENCED).contains(from)) {
                ledger.seal(at, 0, 1, 2);
                assertEquals(2, at.sealedExtentCount());
            } else {
                refused("only verified blocks are sealed", () -> ledger.seal(at, 0, 0, 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReservationState.class)
    void shouldEndWhereTheTableEndsAndHaveEveryExtentBack(ReservationState from) {
        for (ReservationState end : ReservationState.values()) {
            if (from.isTerminal()) {
                continue;
            }
            Reservation at = reach(from);
            int slot = at.slot();
            if (from.mayBecome(end) && end.isTerminal()) {
                long before = ledger.counters().reservations(end);
                ledger.close(at, end);
                assertEquals(before + 1, ledger.counters().reservations(end));
                assertEquals(0, ledger.counters().reservations(from));
                assertEquals(32, ledger.extents().counts().totals().free());
                refused("this reservation is over: next=GRANTED slot=" + slot, () -> ledger.tryGrant(at));
                refused("this reservation is over", () -> ledger.close(at, end));
            } else {
                assertThrows(IllegalStateException.class, () -> ledger.close(at, end), () -> from + " to " + end);
                assertEquals(from, at.state());
                finish(at);
            }
        }
        assertEquals(0, ledger.liveCount());
    }

    @Test
    void shouldTellEachStepWhenItIsMade() {
        List<String> told = new ArrayList<>();
        ledger.counters().steps((before, next) -> told.add(before + ">" + next));
        Reservation first = reach(ReservationState.READY);
        refused("illegal step of a reservation: next=VERIFYING", () -> ledger.step(first, ReservationState.VERIFYING));
        ledger.close(first, ReservationState.RELEASED);
        Reservation second = reach(ReservationState.FENCING);
        ledger.quarantine(second);
        ledger.confirmFenced(second);
        ledger.close(second, ReservationState.ABORTED);
        ledger.close(open(1, 0), ReservationState.REJECTED);

        assertEquals(List.of("null>QUEUED", "QUEUED>GRANTED", "GRANTED>RECEIVING", "RECEIVING>VERIFYING", "VERIFYING>READY", "READY>RELEASED",
            "null>QUEUED", "QUEUED>GRANTED", "GRANTED>REVOKING", "REVOKING>FENCING", "FENCING>QUARANTINED", "QUARANTINED>FENCED", "FENCED>ABORTED",
            "null>QUEUED", "QUEUED>REJECTED"), told);
    }

    @Test
    void shouldGrantAReservationOnce() {
        Reservation granted = reach(ReservationState.GRANTED);
        RunList[] none = {new RunList(0), new RunList(0)};

        refused("illegal step of a reservation: next=GRANTED", () -> ledger.tryGrant(granted));
        refused("illegal step of a reservation: next=GRANTED", () -> ledger.tryGrant(granted, none, new int[] {1, 1}));
        assertEquals(5, ledger.extents().counts().totals().owned());
    }

    @Test
    void shouldRefuseHeldBlocksThatAreNotOneListAShard() {
        Reservation asked = open(1, 1);
        RunList[] two = {new RunList(0), new RunList(0)};

        assertThrows(IllegalArgumentException.class, () -> ledger.tryGrant(asked, new RunList[] {new RunList(0)}, new int[] {1, 1}));
        assertThrows(IllegalArgumentException.class, () -> ledger.tryGrant(asked, two, new int[] {1, 1, 1}));
        assertThrows(IllegalArgumentException.class, () -> ledger.tryGrant(asked, two, new int[] {1, -1}));
        assertEquals(ReservationState.QUEUED, asked.state());
        assertTrue(ledger.tryGrant(asked, two, new int[] {16, 16}), "to the last extent");
        assertEquals(32, asked.extentCount());
    }

    @Test
    void shouldHaveAnIdOfItsOwnEachTimeAndFindNothingByAFormerOne() {
        Set<Long> ids = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            Reservation opened = open(1, 0);
            assertTrue(opened.id() > 0 && ids.add(opened.id()));
            assertSame(opened, ledger.findOrNull(opened.id()));
            assertEquals(0xABCDEF, opened.incarnation());
            ids.stream().filter(id -> id != opened.id()).forEach(id -> assertNull(ledger.findOrNull(id)));
            ledger.close(opened, ReservationState.REJECTED);
        }
        for (long id = -8; id < 8; id++) {
            assertNull(ledger.findOrNull(id), "id=" + id);
        }
        assertNull(ledger.findOrNull(Long.MAX_VALUE), "of a place that is not there");
    }

    @Test
    void shouldStampEachGrantAnewAndNeverWithNone() {
        Set<Integer> generations = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            Reservation granted = reach(ReservationState.GRANTED);
            assertTrue(generations.add(granted.generation()) && granted.generation() != 0);
            assertEquals(ExtentLedger.owner(granted.slot(), granted.generation()), granted.owner());
            assertTrue(ledger.extents().isOwnedBy(granted.run(0, 0), granted.owner()));
            ledger.close(granted, ReservationState.ABORTED);
        }
        Reservation opened = open(1, 1);
        assertEquals(0, opened.generation(), "a queued one has no stamp");
        assertNull(opened.tierOrNull());
    }

    @Test
    void shouldForgetEverythingOfTheOneBefore() {
        Reservation cached = reach(ReservationState.VERIFYING);
        long run = cached.run(0, 0);
        ledger.seal(cached, 0, 0, 3);
        ledger.step(cached, ReservationState.READY);
        Reservation first = open(2, 2);
        RunList[] held = {new RunList(1), new RunList(1)};
        held[0].add(run);
        assertTrue(ledger.tryGrant(first, held, new int[] {1, 1}));
        first.attachment("something").priority(5);
        assertEquals("something", first.attachment());
        assertEquals(List.of(1, 0), List.of(first.heldRunCount(0), first.heldRunCount(1)));
        assertEquals(run, first.heldRun(0, 0));
        ledger.reveal(first);
        ledger.step(first, ReservationState.REVOKING);
        ledger.step(first, ReservationState.FENCED);
        ledger.close(first, ReservationState.ABORTED);

        Reservation again = open(4, 4);
        assertSame(first, again, "its object is used again");
        assertNull(again.attachment());
        assertEquals(List.of(0, 0, 0, 0), List.of(again.heldRunCount(0), again.runCount(0), again.runCount(1),
            again.priority()));
        assertFalse(again.isRevealed());
        assertEquals(0, again.sealedExtentCount());
        assertTrue(ledger.tryGrant(again));
        assertEquals(8, again.runs().extentCount());
        assertEquals(1, ledger.extents().holderCount(ExtentRun.slabId(run), ExtentRun.firstExtent(run)), "dropped once");
    }

    @Test
    void shouldKeepNoMoreRunsOfALargeOneThanOfAny() {
        ReservationLedger scattered = new ReservationLedger(new ExtentLedger(SlabPlan.even(1, 256 * SlabPlan.EXTENT_BYTES)), 1, 200);
        List<Reservation> ones = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            ones.add(scattered.open(1, 1, i, 0, new int[] {2}));
            scattered.tryGrant(ones.get(i));
        }
        for (int i = 0; i < 128; i += 2) {
            scattered.close(ones.get(i), ReservationState.ABORTED);
        }
        Reservation many = scattered.open(1, 1, 999, 0, new int[] {128});
        long before = many.bookkeepingBytes();
        assertTrue(scattered.tryGrant(many));
        assertEquals(64, many.runCount(0));
        scattered.close(many, ReservationState.ABORTED);
        assertEquals(before, many.bookkeepingBytes());
    }

    @Test
    void shouldSealWithinWhatItHas() {
        Reservation at = reach(ReservationState.VERIFYING);

        assertThrows(IllegalArgumentException.class, () -> ledger.seal(at, 0, 1, 3));
        assertThrows(IllegalArgumentException.class, () -> ledger.seal(at, 0, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> ledger.seal(at, 0, -1, 1));
        ledger.seal(at, 0, 1, 2);
        ledger.seal(at, 0, 3, 0);
        assertEquals(2, at.sealedExtentCount());
    }

    @Test
    void shouldDescribeItselfForAPerson() {
        Reservation at = ledger.open(7, 0x11, 0x22, 3, new int[] {1, 2});

        assertEquals("reservationId=abcdef:" + at.id() + " state=QUEUED request=1122/3 extentCount=3", at.toString());
        assertEquals(2, at.shardCount());
        assertEquals(at, at.deadlineNs(99).arrivalNs(98));
        assertEquals(99, at.deadlineNs());
    }

    @Test
    void shouldCountWhatWasUsedAtMost() {
        long extent = SlabPlan.EXTENT_BYTES;
        Reservation first = reach(ReservationState.GRANTED);
        Reservation second = reach(ReservationState.GRANTED);
        assertEquals(10 * extent, ledger.counters().highWaterBytes());
        ledger.close(first, ReservationState.ABORTED);
        reach(ReservationState.GRANTED);
        assertEquals(10 * extent, ledger.counters().highWaterBytes());
        ledger.close(second, ReservationState.ABORTED);
        assertEquals(3, ledger.counters().grants());
        assertEquals(0, ledger.counters().grantsSpilled());
        assertEquals(0, ledger.counters().extentsEvicted());
        List<Long> live = new ArrayList<>();
        ledger.forEachLive(one -> live.add(one.id()));
        assertEquals(1, live.size());
    }

    private Reservation reach(ReservationState state) {
        Reservation at = open(3, 2);
        if (state == ReservationState.QUEUED) {
            return at;
        }
        assertTrue(ledger.tryGrant(at));
        List<ReservationState> way = switch (state) {
            case RECEIVING -> List.of(ReservationState.RECEIVING);
            case VERIFYING -> List.of(ReservationState.RECEIVING, ReservationState.VERIFYING);
            case READY -> List.of(ReservationState.RECEIVING, ReservationState.VERIFYING, ReservationState.READY);
            case TAKEN -> List.of(ReservationState.RECEIVING, ReservationState.VERIFYING, ReservationState.READY,
                ReservationState.TAKEN);
            case REVOKING -> List.of(ReservationState.REVOKING);
            case FENCING, QUARANTINED -> List.of(ReservationState.REVOKING, ReservationState.FENCING);
            case FENCED -> List.of(ReservationState.REVOKING, ReservationState.FENCED);
            default -> List.of();
        };
        way.forEach(next -> ledger.step(at, next));
        if (state == ReservationState.QUARANTINED) {
            ledger.quarantine(at);
        }
        assertEquals(state, at.state());
        assertNotEquals(-1, at.id());
        return at;
    }

    /** By the shortest legal way. */
    private void finish(Reservation at) {
        switch (at.state()) {
            case QUEUED -> ledger.close(at, ReservationState.REJECTED);
            case READY, TAKEN -> ledger.close(at, ReservationState.RELEASED);
            case RECEIVING, VERIFYING -> {
                ledger.step(at, ReservationState.REVOKING);
                finish(at);
            }
            case REVOKING, FENCING -> {
                ledger.step(at, ReservationState.FENCED);
                finish(at);
            }
            case QUARANTINED -> {
                ledger.confirmFenced(at);
                finish(at);
            }
            default -> ledger.close(at, ReservationState.ABORTED);
        }
    }

    private Reservation open(int... extents) {
        return ledger.open(1, 0, ++requests, 0, extents);
    }

    private static void refused(String why, Executable step) {
        IllegalStateException refused = assertThrows(IllegalStateException.class, step);
        assertTrue(refused.getMessage().contains(why), refused::getMessage);
    }
}
