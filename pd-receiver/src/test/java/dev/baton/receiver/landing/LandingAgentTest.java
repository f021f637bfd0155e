package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.receiver.core.SourceParts;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;

/**
 * One data agent, stepped by hand: what it admits, when it verifies, what it tells. Cells are blocks of 16 KiB over extents of 4 KiB
 * that are given in reverse, one run each, so every cell crosses runs.
 */
class LandingAgentTest implements LandingEvents {
    private static final int EXTENT_BYTES = 4096;
    private static final int CELL_BYTES = 4 * EXTENT_BYTES;
    private static final int CELLS = 3;
    private static final int SLOT = 2;
    private static final long RESERVATION = 77;
    private static final int GENERATION = 5;
    private static final long SESSION = 0xA;
    private static final long TOKEN = 0x70;
    private static final int SLAB_BYTES = CELLS * CELL_BYTES;

    private final MemoryLedger memory = new MemoryLedger();
    private final SlabPlan plan = SlabPlan.even(1, SLAB_BYTES, EXTENT_BYTES, 0);
    private final SlabPool pool = SlabPool.open(memory, "test-pool", plan, null, 1);
    private final Copier copier = Copier.java();
    private final Landings landings = new Landings(pool, copier, 1, 4, 1 << 20);
    private final LandingAgent agent = (LandingAgent) landings.listener(0);
    private final FakeInlet inlet = new FakeInlet();
    private final Placement frame = new Placement();
    private final LaneMark mark = new LaneMark();
    private final CellMap map = map();
    private final RunMap runs = new RunMap(1, EXTENT_BYTES);
    private final Region source = Regions.anonymous(memory, "test-source", SLAB_BYTES);
    private final List<String> told = new ArrayList<>();
    private final int[] crcs = new int[CELLS];

    LandingAgentTest() {
        landings.inlets(0, List.of(inlet));
        for (int extent = plan.extentCount(0) - 1; extent >= 0; extent--) {
            runs.add(0, 0, extent, 1);
        }
        byte[] bytes = new byte[SLAB_BYTES];
        new SplittableRandom(42).nextBytes(bytes);
        java.lang.foreign.MemorySegment.ofAddress(source.address()).reinterpret(SLAB_BYTES)
            .copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes));
        for (int cell = 0; cell < CELLS; cell++) {
            crcs[cell] = copier.crc(source.address() + (long) cell * CELL_BYTES, CELL_BYTES, 0);
        }
    }

    private static CellMap map() {
        KvLayout layout = new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 16,
            List.of(LayerGroup.attention("all", 2, 2, 64, ElementType.BF16)));
        return CellMap.ofTarget(ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE), CELLS * 16, 0, 0, EXTENT_BYTES);
    }

    @AfterEach
    void closeAll() {
        agent.onClose();
        source.close();
        pool.close();
        assertTrue(memory.isEmpty(), memory::toString);
    }

    @Test
    void shouldLandAndVerifyAWholeCellOverRunBoundaries() {
        open();
        assertEquals(CELL_BYTES, map.lengthBytes(1));
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 0, false);
        land(1);
        assertEquals(List.of("verified 1 " + CELL_BYTES), told);
        assertEquals(CELL_BYTES, landings.counters().getFirst().landedBytes());
        assertEquals(CELL_BYTES, landings.counters().getFirst().verifiedBytes());
    }

    @Test
    void shouldJudgeACellWhoseLineComesAfterItsBytes() {
        open();
        land(1);
        assertEquals(List.of(), told);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 0, false);
        work();
        assertEquals(List.of("verified 1 " + CELL_BYTES), told);
    }

    @Test
    void shouldTellACorruptCellOnceAndTakeItAnewAfterReopen() {
        open();
        landings.line(RESERVATION, 0, 0, 0, crcs[0] + 1, 0, false);
        land(0);
        assertEquals(List.of("corrupt 0"), told);
        landings.seal(RESERVATION);
        landings.reopen(RESERVATION, 0);
        work();
        told.clear();
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 0, false);
        land(0);
        assertEquals(List.of("verified 0 " + CELL_BYTES), told);
    }

    @Test
    void shouldAdmitExactlyTheNextBytesOfTheRightPlace() {
        open();
        work();
        assertTrue(agent.admit(at(0, 0, EXTENT_BYTES)));
        assertFalse(agent.admit(at(0, 100, 100)), "not from its first byte");
        assertFalse(agent.admit(at(0, 0, EXTENT_BYTES + 1)), "over the end of the run");
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0) + 1, 100)), "beside its place");
        assertFalse(agent.admit(frame.place(0, 0, 1, slabOffset(0, 0), 100)), "another slab");
        assertFalse(agent.admit(frame.place(CELLS, 0, 0, 0, 100)), "no such cell");
        assertFalse(agent.admit(frame.place(-1, 0, 0, 0, 100)), "no such cell");
        assertFalse(agent.admit(frame.place(0, -1, 0, slabOffset(0, 0), 100)), "before the cell");
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION + 1, GENERATION, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION + 1, TOKEN);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(0, RESERVATION, GENERATION, 0);
        assertEquals(12, landings.counters().getFirst().refusedFrames());
        assertEquals(0, landings.counters().getFirst().landedBytes());
    }

    @Test
    void shouldRefuseBytesOfACellThatIsWhole() {
        open();
        land(0);
        frame.reservation(SESSION, RESERVATION, GENERATION, TOKEN);
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
        assertFalse(agent.admit(frame.place(0, CELL_BYTES, 0, 0, 1)), "over the end of the cell");
    }

    @Test
    void shouldReadTheOrderThatWaitsWhenAFrameIsThereBeforeIt() {
        open();
        assertTrue(agent.admit(at(0, 0, 100)), "orders were waiting in the ring");
    }

    @Test
    void shouldReadTheOrderThatWaitsWhenAMarkIsThereBeforeIt() {
        open();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 3, true).on(SESSION, 0));
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3 last"), told);
    }

    @Test
    void shouldRefuseMarksOfOthersAndThoseOutOfOrder() {
        open();
        mark(2);
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 2, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION + 1, 0, 1, 3, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION, 1, 1, 3, false).on(SESSION, 0));
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 3, false).on(SESSION + 1, 0));
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2"), told);
        assertEquals(4, landings.counters().getFirst().refusedFrames());
    }

    @Test
    void shouldVerifyInPlaceOnlyAfterTheMark() {
        open();
        store(1);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 4, true);
        work();
        mark(3);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3"), told);
        mark(4);
        assertEquals(List.of("mark 0 round=1 lane=0 seq=3", "mark 0 round=1 lane=0 seq=4", "verified 1 " + CELL_BYTES), told);
    }

    @Test
    void shouldVerifyInPlaceOnlyAfterTheLine() {
        open();
        store(0);
        store(2);
        mark(2);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 2, crcs[2] + 1, 2, true);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2", "verified 0 " + CELL_BYTES, "corrupt 2"), told);
    }

    /** Two senders share a lane: the mark of one says nothing about the bytes of the other. */
    @Test
    void shouldNotTakeAnotherPartsMarkForItsOwn() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.of(map, 2, new int[] {0}));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        landings.bind(RESERVATION, 1, SESSION + 1, TOKEN);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        work();
        agent.onMark(mark.set(RESERVATION, GENERATION, 1, 1, 9, true).on(SESSION + 1, 0));
        work();
        assertEquals(List.of("mark 1 round=1 lane=0 seq=9 last"), told);
        store(0);
        mark(1);
        assertEquals(List.of("mark 1 round=1 lane=0 seq=9 last", "mark 0 round=1 lane=0 seq=1", "verified 0 " + CELL_BYTES), told);
    }

    /** Each process may write where its own cells lie, and nowhere else, though it has bound a part of the same handoff. */
    @Test
    void shouldNotLetAPartWriteTheCellsOfAnother() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.of(map, 2, new int[] {0}));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
        landings.bind(RESERVATION, 1, SESSION + 1, TOKEN + 1);
        work();
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(SESSION, RESERVATION, GENERATION, TOKEN + 1);
        assertRefusedFrom(SESSION + 1, RESERVATION, GENERATION, TOKEN);
        assertTrue(agent.admit(at(0, 0, 100)));
    }

    /** A sender that says a line twice harms itself only: the second is not taken, and the agent goes on. */
    @Test
    void shouldNotTakeALineTwice() {
        open();
        store(0);
        store(1);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 2, true);
        work();
        mark(2);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 2, true);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=2", "verified 0 " + CELL_BYTES, "verified 1 " + CELL_BYTES), told);
        assertEquals(2, landings.counters().getFirst().refusedFrames());
    }

    @Test
    void shouldTellWhatIsMissingWhenSealed() {
        open();
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 0, false);
        land(0);
        land(2);   // whole, but no line says what it should be
        told.clear();
        landings.seal(RESERVATION);
        work();
        assertEquals(List.of("missing 1 of 2", "missing 2 of 2"), told);
        assertFalse(agent.admit(at(1, 0, 100)), "nothing more is taken");
    }

    @Test
    void shouldTellOneSidedCellsMissingOnlyWhenNoMarkCovers() {
        open();
        store(0);
        landings.line(RESERVATION, 0, 0, 0, crcs[0], 1, true);
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 7, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.seal(RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last", "missing 1 of 2", "missing 2 of 2", "verified 0 " + CELL_BYTES), told);
    }

    @Test
    void shouldDropQueuedChecksOfARevokedLanding() {
        open();
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 1, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.revoke(RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last", "revoked lane=0"), told);
        assertFalse(agent.admit(at(0, 0, 100)));
        assertEquals(0, landings.counters().getFirst().corruptCells());
    }

    @Test
    void shouldDropQueuedChecksOfAClosedLanding() {
        open();
        landings.line(RESERVATION, 0, 0, 1, crcs[1], 1, true);
        agent.doWork();
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, 1, true).on(SESSION, 0));
        landings.close(SLOT, RESERVATION);
        work();
        assertEquals(List.of("mark 0 round=1 lane=0 seq=1 last"), told);
        assertFalse(agent.admit(at(0, 0, 100)));
    }

    @Test
    void shouldNotOpenALandingWhoseSlotWentToAnother() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        landings.close(SLOT, RESERVATION);
        landings.open(SLOT, RESERVATION + 4, GENERATION + 1, map, runs, SourceParts.one(map));
        landings.bind(RESERVATION + 4, 0, SESSION, TOKEN);
        work();
        assertFalse(agent.admit(at(0, 0, 100)));
        frame.reservation(SESSION, RESERVATION + 4, GENERATION + 1, TOKEN);
        assertTrue(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
    }

    @Test
    void shouldCloseASessionOnlyAfterThePollThatHeardOfIt() {
        landings.closeSession(SESSION);
        inlet.arrivals.add(() -> {
            landings.closeSession(SESSION + 1);
            assertFalse(agent.admit(at(0, 0, 100)));   // reads the order
            assertEquals(List.of("close " + SESSION), inlet.said);
        });
        work();
        assertEquals(List.of("close " + SESSION, "close " + (SESSION + 1)), inlet.said);
    }

    private void assertRefusedFrom(long session, long reservation, int generation, long token) {
        frame.reservation(session, reservation, generation, token);
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
    }

    private void open() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
    }

    private void work() {
        for (int i = 0; i < 3; i++) {
            agent.doWork();
            landings.poll(this);
        }
    }

    private void mark(int seq) {
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, seq, false).on(SESSION, 0));
        work();
    }

    private Placement at(int cell, long cellOffset, int length) {
        return frame.reservation(SESSION, RESERVATION, GENERATION, TOKEN).place(cell, cellOffset, 0, slabOffset(cell, cellOffset),
            length);
    }

    private long slabOffset(int cell, long cellOffset) {
        long linear = map.targetOffset(cell) + cellOffset;
        return runs.slabOffset(0, runs.runAt(0, linear), linear);
    }

    /** As a two-sided lane does: run after run, each in two pieces, asking before every copy. */
    private void land(int cell) {
        inlet.arrivals.add(() -> {
            for (int at = 0; at < CELL_BYTES; at += EXTENT_BYTES) {
                Placement piece = at(cell, at, EXTENT_BYTES);
                for (int half = 0; half < 2; half++) {
                    assertTrue(agent.admit(piece));
                    long from = source.address() + (long) cell * CELL_BYTES + at + piece.doneBytes();
                    piece.crc(copier.copyWithCrc(from, piece.address() + piece.doneBytes(), EXTENT_BYTES / 2, piece.crc()));
                    piece.doneBytes(piece.doneBytes() + EXTENT_BYTES / 2);
                    agent.onLanded(piece, EXTENT_BYTES / 2);
                }
            }
        });
        work();
    }

    private void store(int cell) {
        for (int at = 0; at < CELL_BYTES; at += EXTENT_BYTES) {
            copier.copy(source.address() + (long) cell * CELL_BYTES + at, pool.address(0, 0) + slabOffset(cell, at), EXTENT_BYTES);
        }
    }

    @Override
    public void onCellVerified(long reservation, int cell, int lengthBytes) {
        told.add("verified " + cell + " " + lengthBytes);
    }

    @Override
    public void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded) {
        told.add("corrupt " + cell);
    }

    @Override
    public void onCellMissing(long reservation, int cell, int missingCount) {
        told.add("missing " + cell + " of " + missingCount);
    }

    @Override
    public void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
        told.add("mark " + part + " round=" + round + " lane=" + lane + " seq=" + seq + (isLast ? " last" : ""));
    }

    @Override
    public void onRevoked(long reservation, int lane) {
        told.add("revoked lane=" + lane);
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        told.add("laneClosed " + lane);
    }
}
