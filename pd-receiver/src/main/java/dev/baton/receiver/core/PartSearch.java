package dev.baton.receiver.core;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;

import dev.baton.buffer.index.HitRule;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.CellMap;

/**
 * Finds out how much of a request could be used of the pool and the tier below together, where layer groups keep different blocks: the
 * longest count on which all agree (PROTOCOL.md, section 9), and what has to come up for it: of full attention every block,
 * of a window those that overlap the count's last tokens, of a state the block that ends there. Of a prompt that is handed off, which goes on
 * behind the count, the longest that it can be read with: of windows those that overlap its own last tokens, of states nothing. Control
 * agent's thread.
 */
final class PartSearch {
    /** Not known before what was asked is answered. */
    static final int UNKNOWN = -1;
    private static final int ASKED_TOGETHER = 64;
    private static final int ABSENT = 0;
    private static final int THERE = 1;

    /** Asks the tier below for that part of a block; answered by {@link #found}. */
    interface Asker {
        /** Asks for one; says what {@link BlockStore#lookup} does. */
        int ask(int part, int block);
    }

    /** Blocks in a row of one part that are to be loaded; {@code end} is {@code first} where another request loads the first one. */
    record Run(int part, int first, int end) {}

    private final BlockCache cache;
    private final HitRule rule;
    private final Set<PartKey> underWay;
    private final Promotion promotion;
    private final int promptTokens;
    private final int first;
    private final BitSet[] here;
    private final BitSet[] below;
    private final BitSet[] absent;
    private final BitSet[] asked;
    private final CellMap[] maps;
    /** For each part, blocks before that one lie in the pool as far as the goal needs them. */
    private final int[] nexts;
    private int goal = UNKNOWN;

    /**
     * @param underWay     what is being loaded, by whomever
     * @param promptTokens of the prompt that is handed off; 0: the count is to be gone on from
     */
    PartSearch(BlockCache cache, Set<PartKey> underWay, Promotion promotion, int promptTokens) {
        this.cache = cache;
        this.underWay = underWay;
        this.promotion = promotion;
        rule = cache.rule();
        this.promptTokens = rule.hasFull() ? promptTokens : 0;
        first = promotion.map().firstBlock();
        here = bits();
        below = bits();
        absent = bits();
        asked = bits();
        maps = new CellMap[rule.partCount()];
        nexts = new int[rule.partCount()];
    }

    private BitSet[] bits() {
        BitSet[] bits = new BitSet[rule.partCount()];
        Arrays.setAll(bits, _ -> new BitSet());
        return bits;
    }

    /** One part of each block is counted as that block. */
    boolean isCounted(int part) {
        return part == (rule.hasFull() ? HitRule.FULL : 1);
    }

    /** A map that has cells of that part for all blocks; of a state for one, which stands for all: they are cut alike. */
    CellMap map(int part) {
        if (maps[part] == null) {
            maps[part] = map(part, first, rule.isState(part) ? first + 1 : promotion.end);
        }
        return maps[part];
    }

    /** What these blocks have of that part. */
    CellMap map(int part, int from, int end) {
        CellMap whole = promotion.map();
        return CellMap.ofGroups(whole.pairing(), rule.groups(part), from, end, whole.extentBytes());
    }

    /** The block's place in {@link #map(int)}. */
    int blockInMap(int part, int block) {
        return rule.isState(part) ? first : block;
    }

    /** The longest count; what must be known for it is asked for. */
    int goal(Asker asker) {
        if (goal == UNKNOWN) {
            int end = rule.hasFull() ? fullEnd(asker) : promotion.end;
            goal = end == UNKNOWN ? UNKNOWN : agreed(asker, end);
            Arrays.setAll(nexts, part -> goal == UNKNOWN ? first : needed(part, Math.max(first + 1, goal)));
        }
        return goal;
    }

    private int fullEnd(Asker asker) {
        for (int block = first; block < promotion.end; block++) {
            int status = status(HitRule.FULL, block);
            if (status == UNKNOWN) {
                ask(asker, HitRule.FULL, block, Math.min(promotion.end, block + ASKED_TOGETHER));
                return UNKNOWN;
            }
            if (status == ABSENT) {
                return block;
            }
        }
        return promotion.end;
    }

    private int agreed(Asker asker, int end) {
        int count = end;
        while (count > first) {
            int missing = count;
            for (int part = 1; part < rule.partCount() && missing == count; part++) {
                for (int block = count - 1; block >= needed(part, count) && missing == count; block--) {
                    int status = status(part, block);
                    if (status == UNKNOWN) {
                        askDown(asker, count);
                        return UNKNOWN;
                    }
                    missing = status == ABSENT ? block : count;
                }
            }
            if (missing == count) {
                return count;
            }
            count = missing;                                 // each count between needs that block, too
        }
        return first;
    }

    /** The first block of that part that so many blocks need, or the prompt behind them; {@code count} where none is. */
    private int needed(int part, int count) {
        if (promptTokens > 0 && part != HitRule.FULL) {
            return rule.isState(part) ? count : Math.max(first, rule.firstBlock(part, promptTokens));
        }
        return Math.max(first, rule.firstBlock(part, count * rule.blockTokens()));
    }

    private void askDown(Asker asker, int count) {
        for (int part = 1; part < rule.partCount(); part++) {
            if (promptTokens == 0 || !rule.isState(part)) {
                ask(asker, part, needed(part, Math.max(first + 1, count - ASKED_TOGETHER + 1)), count);
            }
        }
    }

    private void ask(Asker asker, int part, int from, int end) {
        for (int block = from; block < end; block++) {
            if (status(part, block) == UNKNOWN && !asked[part].get(block) && !underWay.contains(key(part, block))) {
                int result = asker.ask(part, block);
                if (result == BlockStore.BACK_PRESSURED) {
                    return;
                }
                (result == BlockStore.ACCEPTED ? asked : absent)[part].set(block);
            }
        }
    }

    void found(int part, int block, boolean isThere) {
        asked[part].clear(block);
        (isThere ? below : absent)[part].set(block);
    }

    /** It was there, for all that was said, and did not come: the longest count is another one. */
    void lost(int part, int block) {
        below[part].clear(block);
        absent[part].set(block);
        goal = UNKNOWN;
    }

    /**
     * What is to be loaded next, once the goal is known; null if it all lies in the pool.
     * @param blocksMax of one run
     */
    Run nextOrNull(int blocksMax) {
        for (int part = 0; part < rule.partCount(); part++) {
            while (rule.groups(part) != 0 && nexts[part] < goal) {
                int block = nexts[part];
                if (!cache.hasFast(promotion.key(block), part, block)) {
                    return new Run(part, block, end(part, block, Math.min(goal, block + blocksMax)));
                }
                nexts[part]++;
            }
        }
        return null;
    }

    private int end(int part, int from, int endMax) {
        int block = from;
        while (block < endMax && below[part].get(block) && !underWay.contains(key(part, block))
            && !cache.hasFast(promotion.key(block), part, block)) {
            block++;
        }
        if (block == from && !underWay.contains(key(part, from))) {
            here[part].clear(from);                          // it was evicted since: perhaps it lies below, too
            goal = UNKNOWN;
        }
        return block;
    }

    private PartKey key(int part, int block) {
        return new PartKey(promotion.key(block), part);
    }

    private int status(int part, int block) {
        if (absent[part].get(block)) {
            return ABSENT;
        }
        if (!here[part].get(block) && !below[part].get(block) && cache.hasFast(promotion.key(block), part, block)) {
            here[part].set(block);
        }
        return here[part].get(block) || below[part].get(block) ? THERE : UNKNOWN;
    }
}
