package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RecomputeCostTest {
    private static final int BLOCK_TOKENS = 512;

    @Test
    void shouldWeighATokenAsItsBandsMiddle() {
        RecomputeCost cost = RecomputeCost.withAttention(40_000);
        for (long place = 0; place < 80_000; place += 1000) {
            double exact = 1 + place / 40_000.0;
            double weight = cost.weight(cost.band(place));
            assertTrue(weight > exact / 1.4 && weight < exact * 1.4, "place=" + place + " weight=" + weight);
        }
        assertEquals(cost.bandCount() - 1, cost.band(1 << 24));
        assertThrows(IllegalArgumentException.class, () -> RecomputeCost.withAttention(0));
    }

    @Test
    void shouldMakeNoDifferenceWithoutAttention() {
        assertEquals(1, RecomputeCost.EVEN.bandCount());
        assertEquals(0, RecomputeCost.EVEN.band(1 << 24));
        assertEquals(1, RecomputeCost.EVEN.weight(0));
    }

    /** A long chain, then a short one, of one class and one time: what came first goes, or what is cheaper. */
    @Test
    void shouldKeepTheDearerOfTwoEnds() {
        assertEquals(39, firstVictim(Eviction.CHAIN.create(100, BLOCK_TOKENS)));
        assertEquals(47, firstVictim(Eviction.chain(100, BLOCK_TOKENS, 10_000)));
    }

    private static int firstVictim(EvictionPolicy policy) {
        add(policy, 0, 40);
        add(policy, 40, 8);
        add(policy, 60, 1);                                  // the chain that still grows goes last
        return policy.nextVictim();
    }

    private static void add(EvictionPolicy policy, int first, int count) {
        policy.onRequest(40, 0);
        for (int slot = first; slot < first + count; slot++) {
            policy.onInsert(slot, slot == first ? EvictionPolicy.NO_SLOT : slot - 1, slot * 0x9e3779b97f4a7c15L, BLOCK_TOKENS);
        }
    }
}
