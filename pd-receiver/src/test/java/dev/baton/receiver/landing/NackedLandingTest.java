package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

import dev.baton.kv.CellMap;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.receiver.core.SourceParts;

/** All that a peer did not send comes again, on every lane: the orders for it fit, for each goes to the one agent that lands the cell. */
class NackedLandingTest extends LandingHarness {
    private static final int LANES = 4;

    private final Landings many = new Landings(pool, copier, LANES, 4, Landings.RING_BYTES_MIN);
    private final CellMap large = map(LANES * LandingEvents.MISSING_TOLD_MAX);
    private int asked;

    @Test
    void shouldOrderEachCellOfTheAgentThatLandsIt() {
        for (int lane = 0; lane < LANES; lane++) {
            many.inlets(lane, List.of());
        }
        many.open(SLOT, RESERVATION, GENERATION, large, runs, SourceParts.one(large));
        many.bind(RESERVATION, 0, SESSION, TOKEN);
        many.seal(RESERVATION);
        work();
        many.poll(this);
        assertEquals(large.cellCount(), asked);
        work();
        for (int lane = 0; lane < CELLS; lane++) {
            frame.reservation(SESSION, RESERVATION, GENERATION, TOKEN);
            assertTrue(many.listener(lane).admit(frame.place(lane, 0, 0, slabOffset(0, (long) lane * CELL_BYTES), 100)), "lane=" + lane);
        }
    }

    @Override
    void work() {
        for (Agent lane : many.agents()) {
            try {
                lane.doWork();
            } catch (Exception ex) {
                throw new IllegalStateException(ex);
            }
        }
    }

    @Override
    public void onCellMissing(long reservation, int cell, int missingCount) {
        asked++;
        many.reopen(reservation, many.laneOf(large.targetShard(cell), large.block(cell)), cell);
    }
}
