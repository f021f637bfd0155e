package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.AfterEach;

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
 * One data agent, stepped by hand, with what it told written down. Cells are blocks of 16 KiB over extents of 4 KiB
 * that are given in reverse, one run each, so every cell crosses runs.
 */
abstract class LandingHarness implements LandingEvents {
    static final int EXTENT_BYTES = 4096;
    static final int CELL_BYTES = 4 * EXTENT_BYTES;
    static final int CELLS = 3;
    static final int SLOT = 2;
    static final long RESERVATION = 77;
    static final int GENERATION = 5;
    static final long SESSION = 0xA;
    static final long TOKEN = 0x70;
    static final int SLAB_BYTES = CELLS * CELL_BYTES;

    final MemoryLedger memory = new MemoryLedger();
    final SlabPlan plan = SlabPlan.even(1, SLAB_BYTES, EXTENT_BYTES, 0);
    final SlabPool pool = SlabPool.open(memory, "test-pool", plan, null, 1);
    final Copier copier = Copier.java();
    final Landings landings = new Landings(pool, copier, 1, 4, 1 << 20);
    final LandingAgent agent = (LandingAgent) landings.listener(0);
    final FakeInlet inlet = new FakeInlet();
    final Placement frame = new Placement();
    final LaneMark mark = new LaneMark();
    final CellMap map = map();
    final RunMap runs = new RunMap(1, EXTENT_BYTES);
    final Region source = Regions.anonymous(memory, "test-source", SLAB_BYTES);
    final List<String> told = new ArrayList<>();
    final int[] crcs = new int[CELLS];

    LandingHarness() {
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

    static CellMap map() {
        return map(CELLS);
    }

    static CellMap map(int cells) {
        KvLayout layout = new KvLayout("toy", DimensionOrder.NHD, KvLayout.ALL_LAYERS, 16,
            List.of(LayerGroup.attention("all", 2, 2, 64, ElementType.BF16)));
        return CellMap.ofTarget(ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE), cells * 16, 0, 0, EXTENT_BYTES);
    }

    @AfterEach
    void closeAll() {
        agent.onClose();
        source.close();
        pool.close();
        assertTrue(memory.isEmpty(), memory::toString);
    }

    void assertRefusedFrom(long session, long reservation, int generation, long token) {
        frame.reservation(session, reservation, generation, token);
        assertFalse(agent.admit(frame.place(0, 0, 0, slabOffset(0, 0), 100)));
    }

    void open() {
        landings.open(SLOT, RESERVATION, GENERATION, map, runs, SourceParts.one(map));
        landings.bind(RESERVATION, 0, SESSION, TOKEN);
    }

    void work() {
        for (int i = 0; i < 3; i++) {
            agent.doWork();
            landings.poll(this);
        }
    }

    void mark(int seq) {
        agent.onMark(mark.set(RESERVATION, GENERATION, 0, 1, seq, false).on(SESSION, 0));
        work();
    }

    Placement at(int cell, long cellOffset, int length) {
        return frame.reservation(SESSION, RESERVATION, GENERATION, TOKEN).place(cell, cellOffset, 0, slabOffset(cell, cellOffset),
            length);
    }

    long slabOffset(int cell, long cellOffset) {
        long linear = map.targetOffset(cell) + cellOffset;
        return runs.slabOffset(0, runs.runAt(0, linear), linear);
    }

    /** As a two-sided lane does: run after run, each in two pieces, asking before every copy. */
    void land(int cell) {
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

    void store(int cell) {
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
    public void onRechecked(long reservation, int lane, int endBlock) {
        told.add("rechecked lane=" + lane + " end=" + endBlock);
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        told.add("laneClosed " + lane);
    }
}
