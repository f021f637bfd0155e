package dev.baton.buffer.index;

import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import java.util.Arrays;

/**
 * How much of a request can be used of what is held, for models whose layer groups keep different things: the longest token count,
 * in whole blocks, on which all groups agree (PROTOCOL.md, section 9). Groups that keep the same blocks are one <em>part</em> of a
 * block, named and found together. Immutable; safe to share.
 * <pre>
 *   part {@link #FULL}     full attention, latents   every block from the first one on
 *   a part for each window of W tokens      every block that overlaps the last W tokens of the count
 *   a part for each state                   the block that ends exactly there: a state is held under that block alone
 * </pre>
 */
public final class HitRule {
    /** What all groups have of a block that keep every token. */
    public static final int FULL = 0;
    /** Parts of a layout are numbered below this. */
    static final int PARTS_MAX = 17;

    private final int blockTokens;
    /** For each part its groups, bit g for group g. */
    private final int[] groups;
    /** For each part the tokens of its window; 0 where it has none. */
    private final int[] windowTokens;

    /** The rule of this layout's groups. */
    public HitRule(KvLayout layout) {
        blockTokens = layout.blockTokens();
        int[] masks = new int[layout.groupCount() + 1];
        int[] windows = new int[layout.groupCount() + 1];
        int count = 1;
        for (int group = 0; group < layout.groupCount(); group++) {
            LayerGroup layers = layout.group(group);
            if (layers.isState() || layers.isWindowed()) {
                masks[count] = 1 << group;
                windows[count++] = layers.windowTokens();
            } else {
                masks[FULL] |= 1 << group;
            }
        }
        groups = Arrays.copyOf(masks, count);
        windowTokens = Arrays.copyOf(windows, count);
    }

    /** Whether every group keeps every block: then a beginning is worth what it has of blocks. */
    public boolean isPlain() {
        return groups.length == 1;
    }

    /** Whether a group keeps every block: then a block that is missing ends every hit. */
    public boolean hasFull() {
        return groups[FULL] != 0;
    }

    /** {@link #FULL} included, also where no group is of it. */
    public int partCount() {
        return groups.length;
    }

    /** The layer groups of a part, bit g for group g. */
    public int groups(int part) {
        return groups[part];
    }

    public boolean isState(int part) {
        return part != FULL && windowTokens[part] == 0;
    }

    public int blockTokens() {
        return blockTokens;
    }

    /**
     * The first block of a part that a beginning of so many tokens has, as it is handed off.
     *
     * @param tokens of the beginning, at least 1
     */
    public int firstBlock(int part, int tokens) {
        if (part == FULL) {
            return 0;
        }
        return (isState(part) ? tokens - 1 : Math.max(0, tokens - windowTokens[part])) / blockTokens;
    }
}
