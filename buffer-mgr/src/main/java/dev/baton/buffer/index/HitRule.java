package dev.baton.buffer.index;

import dev.baton.buffer.slab.Tier;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;

/**
 * How much of a request a tier can serve, for models whose layer groups keep different things: the longest token count,
 * in whole blocks, on which all groups agree (PROTOCOL.md, section 9).
 * <pre>
 *   full attention, latent   every block from the first one on
 *   window of W tokens       every block that overlaps the last W tokens of the count
 *   state                    the block that ends exactly there: a state is cached under that block alone
 * </pre>
 * One thread; nothing is allocated after construction.
 */
public final class HitRule {
    private final int fullGroups;
    private final int stateGroups;
    private final int windowGroups;
    /** For each group, how many whole blocks its window overlaps at most; 0 where it has none. */
    private final int[] windowBlocks;
    private final int[] runs;

    /** The rule of this layout's groups. */
    public HitRule(KvLayout layout) {
        windowBlocks = new int[layout.groupCount()];
        runs = new int[layout.groupCount()];
        int full = 0;
        int state = 0;
        int window = 0;
        for (int group = 0; group < layout.groupCount(); group++) {
            LayerGroup layers = layout.group(group);
            if (layers.isState()) {
                state |= 1 << group;
            } else if (layers.isWindowed()) {
                window |= 1 << group;
                windowBlocks[group] = Math.ceilDiv(layers.windowTokens(), layout.blockTokens());
            } else {
                full |= 1 << group;
            }
        }
        fullGroups = full;
        stateGroups = state;
        windowGroups = window;
    }

    /** Whether a block that is nowhere ends every hit: then a search need not look beyond it. */
    public boolean needsEveryBlock() {
        return fullGroups != 0;
    }

    /**
     * The hit in one tier.
     *
     * @param slots of the request's whole blocks in order, {@link PrefixIndex#NOT_FOUND} where one is not cached
     * @param count how many of {@code slots} count
     * @return blocks, 0 where nothing can be used
     */
    public int hitBlocks(PrefixIndex index, int[] slots, int count, Tier tier) {
        for (int group = 0; group < runs.length; group++) {
            runs[group] = 0;
        }
        int best = 0;
        for (int block = 0; block < count; block++) {
            int held = slots[block] == PrefixIndex.NOT_FOUND ? 0 : index.groups(slots[block], tier);
            if ((held & fullGroups) != fullGroups) {
                break;
            }
            if (agrees(held, block + 1)) {
                best = block + 1;
            }
        }
        return best;
    }

    private boolean agrees(int held, int blocks) {
        boolean isInWindows = true;
        for (int left = windowGroups; left != 0; left &= left - 1) {
            int group = Integer.numberOfTrailingZeros(left);
            runs[group] = (held & 1 << group) != 0 ? runs[group] + 1 : 0;
            isInWindows &= runs[group] >= Math.min(windowBlocks[group], blocks);
        }
        return isInWindows && (held & stateGroups) == stateGroups;
    }
}
