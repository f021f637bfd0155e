package dev.baton.buffer.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.BlockKey;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.Sharding;
import dev.baton.platform.ThreadAllocation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockTableTest {
    private static final int BLOCK_TOKENS = 16;
    private static final long TENANT = 3;
    private static final LayerGroup FULL = LayerGroup.attention("full", 4, 2, 64, ElementType.BF16);
    private static final LayerGroup WINDOW = FULL.withWindow(40);
    private static final LayerGroup STATE = LayerGroup.state("ssm", 4, 1, 1024, ElementType.BF16);

    private static KvLayout layout(List<LayerGroup> groups) {
        return new KvLayout("hybrid", DimensionOrder.NHD, 1, BLOCK_TOKENS, groups);
    }

    private static BlockTable<String> table(LayerGroup... groups) {
        return new BlockTable<>(64, new HitRule(layout(List.of(groups))));
    }

    private static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(0, 0, 0, block));
        }
        return keys;
    }

    /** Blocks of which these parts are held, one character a block: bit p for part p, '-' for none. */
    private static int found(BlockTable<String> table, String masks) {
        held(table, masks);
        return table.find(TENANT, keys(masks.length()), 0, masks.length());
    }

    private static void held(BlockTable<String> table, String masks) {
        int owner = table.enter("a");
        for (int block = 0; block < masks.length(); block++) {
            int mask = masks.charAt(block) == '-' ? 0 : Character.digit(masks.charAt(block), 16);
            for (int part = 0; part < table.rule().partCount(); part++) {
                if ((mask >> part & 1) != 0) {
                    assertTrue(table.put(owner, TENANT, part, new BlockKey(0, 0, 0, block), 0, block));
                }
            }
        }
        table.leave(owner);
    }

    /** A prompt of so many tokens goes on behind four blocks of 16: of a window of 40 tokens it needs what its own last tokens overlap, of a state nothing. */
    @ParameterizedTest(name = "full 1, window 2, state 4: {0} of {1} tokens gives {2}")
    @CsvSource({"1111, 104, 4", "1111, 103, 3", "1111, 65, 1", "1113, 103, 4", "1131, 103, 3", "1333, 65, 4", "3133, 65, 1", "11-1, 104, 2", "1115, 104, 4",
        "7777, 65, 4"})
    void shouldTakeForAPromptWhatItIsReadWith(String masks, int tokens, int blocks) {
        BlockTable<String> table = table(FULL, WINDOW, STATE);
        held(table, masks);
        assertEquals(blocks, table.findFor(TENANT, keys(masks.length()), 0, masks.length(), tokens));
    }

    @ParameterizedTest(name = "full: {0} gives {1}")
    @CsvSource({"1111, 4", "11-1, 2", "-111, 0", "----, 0"})
    void shouldTakeFullAttentionWithoutAGap(String masks, int blocks) {
        assertEquals(blocks, found(table(FULL), masks));
    }

    /** A window of 40 tokens overlaps three blocks of 16. */
    @ParameterizedTest(name = "full 1, window 2: {0} gives {1}")
    @CsvSource({"3333, 4", "1111333, 7", "1111133, 0", "333111133, 3", "3331133311, 8", "1333, 4", "1133, 0", "33-333, 2"})
    void shouldTakeOfAWindowWhatTheLastTokensNeed(String masks, int blocks) {
        assertEquals(blocks, found(table(FULL, WINDOW), masks));
    }

    @ParameterizedTest(name = "full 1, state 2: {0} gives {1}")
    @CsvSource({"1131, 3", "1111, 0", "3111, 1", "31-3, 1", "1113, 4"})
    void shouldTakeAStateOnlyWhereItsSnapshotIs(String masks, int blocks) {
        assertEquals(blocks, found(table(FULL, STATE), masks));
    }

    @ParameterizedTest(name = "state 2 alone: {0} gives {1}")
    @CsvSource({"---2, 4", "--2-, 3", "----, 0"})
    void shouldLookBeyondGapsWhereNothingNeedsEveryBlock(String masks, int blocks) {
        assertEquals(blocks, found(table(STATE), masks));
    }

    private record Held(String owner, long tenant, int part, int key, int tier, int block) {}

    /** Against the rule's own words, count by count, while landings of several owners, tenants and tiers come and go. */
    @Test
    void shouldAgreeWithTheDefinition() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        LayerGroup narrow = FULL.withWindow(17);
        List<LayerGroup> all = List.of(FULL, WINDOW, STATE, narrow, LayerGroup.latent("index", 4, 64, 0, ElementType.BF16, 1));
        int hits = 0;
        int partial = 0;
        for (int round = 0; round < 3000; round++) {
            List<LayerGroup> groups = new ArrayList<>(all.stream().filter(_ -> random.nextBoolean()).toList());
            if (groups.isEmpty()) {
                continue;
            }
            HitRule rule = new HitRule(layout(groups));
            BlockTable<String> table = new BlockTable<>(300, rule);
            List<Held> model = new ArrayList<>();
            for (int landing = 0; landing < 6; landing++) {
                land(table, rule, model, random, "r" + round + "l" + landing);
                String where = "seed=" + seed + " round=" + round + " landing=" + landing;
                if (random.nextInt(3) == 0 && !model.isEmpty()) {
                    String gone = model.get(random.nextInt(model.size())).owner();
                    int from = random.nextInt(10);
                    for (Held held : model.reversed()) {
                        boolean isGone = held.owner().equals(gone) && held.block() >= from;
                        assertEquals(isGone, isGone && table.remove(gone, held.tenant(), held.part(), key(held.key())), where);
                    }
                    model.removeIf(held -> held.owner().equals(gone) && held.block() >= from);
                }
                assertEquals(model.size(), table.size(), where);
                int first = random.nextInt(3);
                int expected = agreed(groups, rule, model, first, 10);
                assertEquals(expected, table.find(TENANT, keys(12), first, 10), where);
                int promptTokens = 10 * BLOCK_TOKENS + random.nextInt(50);
                int needed = table.findFor(TENANT, keys(12), first, 10, promptTokens);
                assertEquals(rule.hasFull() ? readable(groups, rule, model, first, 10, promptTokens) : expected, needed, where + " tokens=" + promptTokens);
                assertTrue(needed >= expected, where);
                assertEquals(expected, table.find(TENANT, keys(12), first, 10), where + " again");
                hits += expected > first ? 1 : 0;
                partial += expected > first && expected < 10 ? 1 : 0;
                for (int block = first; rule.hasFull() && block < expected; block++) {
                    assertEquals(ownerOf(model, 0, block), table.foundOwner(block - first), where);
                }
            }
        }
        assertTrue(hits > 2000 && partial > 500, hits + " " + partial);
    }

    private static BlockKey key(int number) {
        return new BlockKey(0, 0, 0, number);
    }

    private static void land(BlockTable<String> table, HitRule rule, List<Held> model, SplittableRandom random, String owner) {
        int number = table.enter(owner);
        long tenant = random.nextInt(5) == 0 ? TENANT + 1 : TENANT;
        int tier = random.nextInt(8) == 0 ? 1 : 0;
        int shift = random.nextInt(10) == 0 ? 1 : 0;         // the same name at another place of a prompt
        int blocks = 1 + random.nextInt(10);
        for (int part = 0; part < rule.partCount(); part++) {
            int first = random.nextInt(3) == 0 ? 0 : rule.firstBlock(part, blocks * BLOCK_TOKENS);
            for (int block = first; rule.groups(part) != 0 && block < blocks; block++) {
                int at = part;
                int key = block;
                boolean isNew = model.stream().noneMatch(held -> held.tenant() == tenant && held.part() == at && held.key() == key);
                assertEquals(isNew, table.put(number, tenant, part, key(block), tier, block + shift));
                if (isNew) {
                    model.add(new Held(owner, tenant, part, block, tier, block + shift));
                }
            }
        }
        table.leave(number);
    }

    private static String ownerOf(List<Held> model, int part, int key) {
        return model.stream().filter(held -> held.tenant() == TENANT && held.part() == part && held.key() == key).findFirst()
            .map(Held::owner).orElse(null);
    }

    private static int agreed(List<LayerGroup> groups, HitRule rule, List<Held> model, int first, int end) {
        for (int count = end; count > first; count--) {
            int tokens = count * BLOCK_TOKENS;
            List<Held> needed = new ArrayList<>();
            boolean isWhole = true;
            for (LayerGroup layers : groups) {
                int part = 0;
                while ((rule.groups(part) >> groups.indexOf(layers) & 1) == 0) {
                    part++;
                }
                for (int block = first; block < count; block++) {
                    boolean isNeeded = layers.isState() ? block == count - 1
                        : !layers.isWindowed() || (block + 1) * BLOCK_TOKENS > tokens - layers.windowTokens();
                    if (isNeeded) {
                        int at = part;
                        int key = block;
                        List<Held> found = model.stream().filter(held -> held.tenant() == TENANT && held.part() == at && held.key() == key
                            && held.block() == key).toList();
                        isWhole &= !found.isEmpty();
                        needed.addAll(found);
                    }
                }
            }
            // A reservation is of one tier: that where its first block lies.
            int tier = first(model, first);
            boolean isFull = rule.hasFull();
            if (isWhole && needed.stream().allMatch(held -> held.tier() == (isFull ? tier : needed.getFirst().tier()))) {
                return count;
            }
        }
        return first;
    }

    /** The longest count of which a prompt of so many tokens has every block that it is read with, in the tier where its first one lies. */
    private static int readable(List<LayerGroup> groups, HitRule rule, List<Held> model, int first, int end, int tokens) {
        int tier = first(model, first);
        for (int count = first; count < end; count++) {
            for (LayerGroup layers : groups) {
                int key = count;
                boolean isNeeded = !layers.isState() && (!layers.isWindowed() || (key + 1) * BLOCK_TOKENS > tokens - layers.windowTokens());
                if (isNeeded && model.stream().noneMatch(held -> held.tenant() == TENANT && held.key() == key && held.block() == key && held.tier() == tier
                    && (rule.groups(held.part()) >> groups.indexOf(layers) & 1) != 0)) {
                    return count;
                }
            }
        }
        return end;
    }

    private static int first(List<Held> model, int block) {
        return model.stream().filter(held -> held.tenant() == TENANT && held.part() == 0 && held.key() == block).findFirst()
            .map(Held::tier).orElse(0);
    }

    @Test
    void shouldKeepANameWithItsFirstOwnerAndForgetOwnersWithoutNames() {
        BlockTable<String> table = table(FULL);
        int first = table.enter("first");
        assertTrue(table.put(first, TENANT, 0, key(1), 0, 0));
        table.leave(first);
        int second = table.enter("second");
        assertFalse(table.put(second, TENANT, 0, key(1), 0, 0));
        table.leave(second);
        assertEquals(second, table.enter("third"), "its number is free again");
        assertSame("first", table.ownerOrNull(TENANT, 0, key(1)));
        assertFalse(table.remove("second", TENANT, 0, key(1)));
        assertTrue(table.remove("first", TENANT, 0, key(1)));
        assertNull(table.ownerOrNull(TENANT, 0, key(1)));
        assertEquals(first, table.enter("fourth"));
    }

    @Test
    void shouldCountNamesByTheSmallestPartThatTakesMemory() {
        KvLayout layout = layout(List.of(FULL, STATE));
        HitRule rule = new HitRule(layout);
        long blockBytes = 4L * 2 * 2 * 64 * 2 * BLOCK_TOKENS;
        assertEquals(1 + (1 << 20) / 8192 * 5 / 4, BlockTable.capacity(layout, Sharding.tensor(2), rule, 1 << 20), "4 KiB of state on each of two");
        KvLayout plain = layout(List.of(FULL));
        assertEquals(1 + (1 << 20) / blockBytes * 5 / 4, BlockTable.capacity(plain, Sharding.tensor(2), new HitRule(plain), 1 << 20));
        assertEquals(BlockTable.NAMES_MAX, BlockTable.capacity(plain, Sharding.SINGLE, new HitRule(plain), 1L << 50));
    }

    @Test
    void shouldFindAPassageByItsOwnNamesUntilItsBlocksGo() {
        BlockTable<String> table = table(FULL);
        int owner = table.enter("a");
        for (int block = 0; block < 4; block++) {
            table.put(owner, TENANT, 0, key(block), 0, block);
        }
        table.leave(owner);
        List<BlockKey> passage = List.of(key(102), key(103), key(104));
        assertTrue(table.putPassage(TENANT, key(2), key(102)));
        assertTrue(table.putPassage(TENANT, key(3), key(103)));
        assertFalse(table.putPassage(TENANT, key(4), key(104)), "not held");
        assertFalse(table.putPassage(TENANT + 1, key(2), key(102)), "another tenant's");
        assertEquals(2, table.findPassage(TENANT, passage));
        assertEquals(List.of(2, 3), List.of(table.foundBlock(0), table.foundBlock(1)));
        assertEquals(0, table.find(TENANT, passage, 0, 3), "no beginning of a prompt");
        assertTrue(table.removePassage("a", TENANT, key(103)));
        assertTrue(table.remove("a", TENANT, 0, key(3)));
        assertEquals(1, table.findPassage(TENANT, passage));
        assertEquals(3, table.findPassage(TENANT, keys(3)), "a passage that is a prompt of its own");
    }

    @Test
    void shouldAllocateNothingInALookup() {
        BlockTable<String> table = new BlockTable<>(4096, new HitRule(layout(List.of(FULL, WINDOW, STATE))));
        List<BlockKey> keys = keys(512);
        int owner = table.enter("a");
        for (int block = 0; block < 512; block++) {
            for (int part = 0; part < 3; part++) {
                table.put(owner, TENANT, part, keys.get(block), 0, block);
            }
        }
        table.leave(owner);
        long least = Long.MAX_VALUE;
        for (int spell = 0; spell < 10; spell++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 1000; i++) {
                assertEquals(512, table.find(TENANT, keys, 0, 512));
                assertEquals(0, table.find(TENANT + 1, keys, 0, 512));
            }
            least = Math.min(least, ThreadAllocation.currentThreadBytes() - before);
        }
        assertEquals(0, least);
    }
}
