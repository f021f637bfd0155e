package dev.baton.buffer.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.Sharding;
import java.util.List;
import org.junit.jupiter.api.Test;

class HitRuleTest {
    private static final int BLOCK_TOKENS = 16;
    private static final LayerGroup FULL = LayerGroup.attention("full", 4, 2, 64, ElementType.BF16);
    private static final LayerGroup STATE = LayerGroup.state("ssm", 4, 1, 1024, ElementType.BF16);

    private static KvLayout layout(LayerGroup... groups) {
        return new KvLayout("hybrid", DimensionOrder.NHD, 1, BLOCK_TOKENS, List.of(groups));
    }

    @Test
    void shouldTakeGroupsTogetherThatKeepTheSameBlocks() {
        HitRule rule = new HitRule(layout(STATE, FULL, FULL.withWindow(40), LayerGroup.latent("index", 4, 64, 0, ElementType.BF16, 1)));
        assertEquals(3, rule.partCount());
        assertEquals(0b1010, rule.groups(HitRule.FULL));
        assertEquals(0b0001, rule.groups(1));
        assertEquals(0b0100, rule.groups(2));
        assertTrue(rule.isState(1) && !rule.isState(2) && !rule.isState(HitRule.FULL));
        assertTrue(rule.hasFull() && !rule.isPlain());
        assertTrue(new HitRule(layout(FULL)).isPlain());
        assertFalse(new HitRule(layout(STATE)).hasFull());
    }

    /** A part begins where its cells do, whatever the length of the prompt. */
    @Test
    void shouldBeginAPartWhereAHandoffHasItsFirstCell() {
        KvLayout layout = layout(FULL, FULL.withWindow(40), STATE, FULL.withWindow(17));
        HitRule rule = new HitRule(layout);
        for (int tokens = 1; tokens < 200; tokens++) {
            CellMap map = CellMap.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE, tokens, 0, 0, 4096);
            int[] first = {-1, -1, -1, -1};
            for (int cell = map.cellCount() - 1; cell >= 0; cell--) {
                first[map.group(cell)] = map.block(cell);
            }
            assertEquals(0, first[0]);
            for (int part = 1; part < rule.partCount(); part++) {
                assertEquals(first[Integer.numberOfTrailingZeros(rule.groups(part))], rule.firstBlock(part, tokens), "tokens=" + tokens);
            }
        }
    }
}
