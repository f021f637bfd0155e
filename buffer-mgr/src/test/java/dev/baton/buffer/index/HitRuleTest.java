package dev.baton.buffer.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.slab.Tier;
import dev.baton.kv.BlockKey;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HitRuleTest {
    private static final int BLOCK_TOKENS = 16;
    private static final LayerGroup FULL = LayerGroup.attention("full", 4, 2, 64, ElementType.BF16);
    private static final LayerGroup WINDOW = FULL.withWindow(40);
    private static final LayerGroup STATE = LayerGroup.state("ssm", 4, 1, 1024, ElementType.BF16);

    private final PrefixIndex index = new PrefixIndex(64);

    private static KvLayout layout(List<LayerGroup> groups) {
        return new KvLayout("hybrid", DimensionOrder.NHD, 1, BLOCK_TOKENS, groups);
    }

    /** Takes blocks in that hold these groups, one character a block: a hexadecimal mask, or '-' for not cached. */
    private int[] blocks(String masks) {
        UnsafeBuffer key = new UnsafeBuffer(new byte[BlockKey.LENGTH_BYTES]);
        int[] slots = new int[masks.length()];
        for (int block = 0; block < slots.length; block++) {
            slots[block] = PrefixIndex.NOT_FOUND;
            if (masks.charAt(block) != '-') {
                new BlockKey(block, 0, 0, 0).encode(key, 0);
                slots[block] = index.insert(key, 0);
                index.groups(slots[block], Tier.DRAM, Character.digit(masks.charAt(block), 16));
            }
        }
        return slots;
    }

    @ParameterizedTest(name = "full: {0} gives {1}")
    @CsvSource({"1111, 4", "11-1, 2", "1101, 2", "-111, 0"})
    void shouldTakeFullAttentionWithoutAGap(String masks, int blocks) {
        assertEquals(blocks, new HitRule(layout(List.of(FULL))).hitBlocks(index, blocks(masks), masks.length(), Tier.DRAM));
    }

    /** A window of 40 tokens overlaps three blocks of 16. */
    @ParameterizedTest(name = "full 1, window 2: {0} gives {1}")
    @CsvSource({"3333, 4", "1111333, 7", "1111133, 0", "333111133, 3", "3331133311, 8", "1333, 4", "1133, 0", "33-333, 2"})
    void shouldTakeOfAWindowWhatTheLastTokensNeed(String masks, int blocks) {
        HitRule rule = new HitRule(layout(List.of(FULL, WINDOW)));
        assertEquals(blocks, rule.hitBlocks(index, blocks(masks), masks.length(), Tier.DRAM));
    }

    @ParameterizedTest(name = "full 1, state 2: {0} gives {1}")
    @CsvSource({"1131, 3", "1111, 0", "3111, 1", "31-3, 1", "1113, 4"})
    void shouldTakeAStateOnlyWhereItsSnapshotIs(String masks, int blocks) {
        HitRule rule = new HitRule(layout(List.of(FULL, STATE)));
        assertTrue(rule.needsEveryBlock());
        assertEquals(blocks, rule.hitBlocks(index, blocks(masks), masks.length(), Tier.DRAM));
    }

    @ParameterizedTest(name = "state 1 alone: {0} gives {1}")
    @CsvSource({"---1, 4", "--1-, 3", "----, 0"})
    void shouldLookBeyondGapsWhereNothingNeedsEveryBlock(String masks, int blocks) {
        HitRule rule = new HitRule(layout(List.of(STATE)));
        assertFalse(rule.needsEveryBlock());
        assertEquals(blocks, rule.hitBlocks(index, blocks(masks), masks.length(), Tier.DRAM));
    }

    @Test
    void shouldNotTakeOneTierForAnother() {
        assertEquals(0, new HitRule(layout(List.of(FULL))).hitBlocks(index, blocks("111"), 3, Tier.DISK));
    }

    /** Against the rule's own words, count by count. */
    @Test
    void shouldAgreeWithTheDefinition() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        LayerGroup narrow = FULL.withWindow(17);
        List<LayerGroup> all = List.of(FULL, WINDOW, STATE, narrow);
        for (int round = 0; round < 3000; round++) {
            List<LayerGroup> groups = new ArrayList<>();
            for (LayerGroup group : all) {
                if (random.nextBoolean()) {
                    groups.add(group);
                }
            }
            if (groups.isEmpty()) {
                continue;
            }
            PrefixIndex own = new PrefixIndex(16);
            UnsafeBuffer key = new UnsafeBuffer(new byte[BlockKey.LENGTH_BYTES]);
            int[] slots = new int[12];
            int[] masks = new int[12];
            for (int block = 0; block < 12; block++) {
                masks[block] = random.nextInt(4) == 0 ? random.nextInt(1 << groups.size()) : (1 << groups.size()) - 1;
                new BlockKey(block, 1, 1, 1).encode(key, 0);
                slots[block] = own.insert(key, 0);
                own.groups(slots[block], Tier.DISK, masks[block]);
            }
            int expected = 0;
            for (int blocks = 1; blocks <= 12; blocks++) {
                expected = agree(groups, masks, blocks) ? blocks : expected;
            }
            assertEquals(expected, new HitRule(layout(groups)).hitBlocks(own, slots, 12, Tier.DISK), "seed=" + seed + " round=" + round);
        }
    }

    private static boolean agree(List<LayerGroup> groups, int[] masks, int blocks) {
        int tokens = blocks * BLOCK_TOKENS;
        for (int group = 0; group < groups.size(); group++) {
            LayerGroup layers = groups.get(group);
            for (int block = 0; block < blocks; block++) {
                boolean isNeeded = layers.isState() ? block == blocks - 1
                    : !layers.isWindowed() || (block + 1) * BLOCK_TOKENS > tokens - layers.windowTokens();
                if (isNeeded && (masks[block] & 1 << group) == 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
