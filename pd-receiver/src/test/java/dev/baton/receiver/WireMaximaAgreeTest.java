package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.memory.ExtentRun;
import dev.baton.transport.WireMaxima;

/** What the wire admits is what the pool and the cell map can hold: neither knows the other. */
class WireMaximaAgreeTest {
    @Test
    void shouldAdmitOnTheWireWhatThePoolCanHoldAndNoMore() {
        assertEquals(ExtentRun.SLAB_ID_MAX, WireMaxima.SLAB_ID_MAX);
        assertEquals(SlabPlan.SLAB_BYTES_MAX, WireMaxima.SLAB_BYTES_MAX);
        assertEquals(CellMap.EXTENT_BYTES_MAX, WireMaxima.EXTENT_BYTES_MAX);
        assertEquals(CellMap.TOKENS_MAX, WireMaxima.TOKENS_MAX);
        assertEquals(ShardPairing.CELL_LENGTH_MAX, WireMaxima.CELL_BYTES_MAX);
    }
}
