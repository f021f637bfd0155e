package dev.baton.buffer.index;

import dev.baton.kv.BlockImage;
import dev.baton.kv.BlockKey;
import dev.baton.kv.KvLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.Canary;
import dev.baton.platform.Require;
import java.util.Arrays;
import java.util.List;

/**
 * Which blocks of a tenant's prompts are held, and by whom: what landed together, or was staged, is an <em>owner</em>, which has a number
 * here and blocks under names of their own. Says how much of a request that is, by the rule of the model's groups. A name has one
 * owner, the first; at another place of a prompt than where its owner has it, it is not found. Lookups allocate nothing once the
 * longest request was seen. One thread.
 *
 * @param <T> an owner of blocks
 */
public final class BlockTable<T> {
    /** A table is made for so many names at most, whatever would fit the pool: about a gigabyte of heap. */
    static final int NAMES_MAX = 1 << 24;
    private static final int BLOCK_BITS = 28;
    private static final int TIER_BITS = 2;
    /** A pool's fast tier, and the one that it spills to. */
    private static final int TIERS_MAX = 2;
    private static final int OWNER_SHIFT = BLOCK_BITS + TIER_BITS;
    private static final int NO_TIER = -1;
    private static final int PASSAGE_SHARE = 4;
    /** The part that blocks are found by as a passage's: no layout has it. */
    private static final int PASSAGE = HitRule.PARTS_MAX;
    private static final int NOBODY = -1;
    private static final int OWNERS_MIN = 8;

    private final HitRule rule;
    private final PrefixIndex index;
    private Object[] owners = {};
    private int[] nameCounts = {};
    /** Numbers below {@link #ownersUsed} that nobody has, each with the next one in its count. */
    private int freeOwner = NOBODY;
    private int ownersUsed;
    /** Of the last lookup: what all groups of full attention have, from its first block on. */
    private int[] slots = {};
    private int tier;

    /** @param capacity names that it can hold; see {@link #capacity} */
    public BlockTable(int capacity, HitRule rule) {
        this.rule = rule;
        index = new PrefixIndex(capacity);
    }

    /**
     * Names that can be held in that much memory, however it is filled: for each, that part of a block lies somewhere; and a quarter as many for
     * passages.
     *
     * @param poolBytes of all shards and tiers
     */
    public static int capacity(KvLayout layout, Sharding sharding, HitRule rule, long poolBytes) {
        long leastBytes = Long.MAX_VALUE;
        for (int part = 0; part < rule.partCount(); part++) {
            long bytes = 0;
            for (int group = 0; group < layout.groupCount(); group++) {
                for (int shard = 0; (rule.groups(part) >>> group & 1) != 0 && shard < sharding.count(); shard++) {
                    bytes += BlockImage.of(layout, sharding, shard, group, layout.blockTokens()).lengthBytes();
                }
            }
            leastBytes = rule.groups(part) == 0 ? leastBytes : Math.min(leastBytes, bytes / sharding.cp());
        }
        long blocks = poolBytes / Math.max(1, leastBytes);
        return Math.clamp(blocks + blocks / PASSAGE_SHARE + 1, 1, NAMES_MAX);
    }

    public HitRule rule() {
        return rule;
    }

    /** Blocks follow, by {@link #put}, then {@link #leave}. Its number is good until then. */
    public int enter(T owner) {
        int number = freeOwner;
        if (number == NOBODY) {
            if (ownersUsed == owners.length) {
                owners = Arrays.copyOf(owners, Math.max(OWNERS_MIN, 2 * ownersUsed));
                nameCounts = Arrays.copyOf(nameCounts, owners.length);
            }
            number = ownersUsed++;
        } else {
            freeOwner = nameCounts[number];
        }
        owners[number] = owner;
        nameCounts[number] = 0;
        return number;
    }

    /**
     * From now on that part of the block is found by its name.
     *
     * @param tierIndex of the pool, where it lies
     * @param block     of the prompt, from 0
     * @return false where somebody has the name already, or there is no room for it: then nothing changes
     */
    public boolean put(int owner, long tenant, int part, BlockKey key, int tierIndex, int block) {
        long place = (long) owner << OWNER_SHIFT | (long) tierIndex << BLOCK_BITS | Require.between("block", block, 0, (1 << BLOCK_BITS) - 1);
        boolean isNew = index.insert(namespace(tenant), part, known(key), place) >= 0;
        nameCounts[owner] += isNew ? 1 : 0;
        return isNew;
    }

    /** All its blocks were told. An owner that got no name is forgotten, as is one whose last name is gone. */
    public void leave(int owner) {
        if (nameCounts[owner] == 0) {
            owners[owner] = null;
            nameCounts[owner] = freeOwner;
            freeOwner = owner;
        }
    }

    /**
     * That part of the block is not found any more, if that owner has the name. Of several from the last to the first: then those who come next
     * lie in order.
     *
     * @return whether it had it
     */
    public boolean remove(T owner, long tenant, int part, BlockKey key) {
        int slot = index.find(namespace(tenant), part, known(key));
        if (slot == PrefixIndex.NOT_FOUND || !owner.equals(ownerOf(slot))) {
            return false;
        }
        int number = owner(slot);
        index.remove(slot);
        nameCounts[number]--;
        leave(number);
        return true;
    }

    /**
     * A block that is held is found as a passage's, too.
     *
     * @return false where nobody has the block, or that name is taken, or there is no room for it
     */
    public boolean putPassage(long tenant, BlockKey key, BlockKey passageKey) {
        int slot = index.find(namespace(tenant), HitRule.FULL, known(key));
        if (slot == PrefixIndex.NOT_FOUND) {
            return false;
        }
        long place = index.place(slot);
        boolean isNew = index.insert(namespace(tenant), PASSAGE, known(passageKey), place) >= 0;
        nameCounts[(int) (place >>> OWNER_SHIFT)] += isNew ? 1 : 0;
        return isNew;
    }

    /** As {@link #remove(Object, long, int, BlockKey)}, of a passage's name. */
    public boolean removePassage(T owner, long tenant, BlockKey passageKey) {
        return remove(owner, tenant, PASSAGE, passageKey);
    }

    /** How many leading blocks of a passage are held, wherever in prompts, or as a prompt of its own; all in one of the pool's tiers. */
    public int findPassage(long tenant, List<BlockKey> passage) {
        grow(passage.size());
        tier = NO_TIER;
        int found = index.find(namespace(tenant), PASSAGE, named(passage), 0, passage.size(), slots);
        if (found == 0) {
            return findFull(tenant, passage, 0, passage.size());
        }
        for (int at = 0; at < found; at++) {
            if (!isThere(slots[at], foundBlock(at))) {
                return at;
            }
        }
        return found;
    }

    /** The block of its owner's prompt that the last lookup found; so many behind its first. */
    public int foundBlock(int index) {
        return (int) this.index.place(slots[index]) & (1 << BLOCK_BITS) - 1;
    }

    /** Who has that part of the block; null if nobody has. */
    public T ownerOrNull(long tenant, int part, BlockKey key) {
        int slot = index.find(namespace(tenant), part, known(key));
        return slot == PrefixIndex.NOT_FOUND ? null : ownerOf(slot);
    }

    /**
     * How much of a request is held, from {@code firstBlock} on: the longest count of its blocks on which all groups agree. All of it in one
     * of the pool's tiers.
     *
     * @param firstBlock blocks before it are the asker's already
     * @param endMax     no block from there on counts
     * @return behind the last block; {@code firstBlock} where nothing can be used
     */
    public int find(long tenant, List<BlockKey> keys, int firstBlock, int endMax) {
        int end = Math.min(keys.size(), endMax);
        if (end <= firstBlock) {
            return firstBlock;
        }
        tier = NO_TIER;
        if (rule.hasFull()) {
            end = findFull(tenant, keys, firstBlock, end);
            return rule.isPlain() ? end : agreed(tenant, keys, firstBlock, end);
        }
        int best = firstBlock;
        for (tier = 0; tier < TIERS_MAX; tier++) {
            best = Math.max(best, agreed(tenant, keys, firstBlock, end));
        }
        return best;
    }

    /**
     * How much of a prompt that is handed off need not be sent, from {@code firstBlock} on. Its reader goes on behind all of it, so of a window only
     * blocks count that overlap the prompt's own last tokens, and states do not, for they are the prompt's end, which is always sent. So it is
     * never less than {@link #find}, whose count somebody is to go on from; and the same where no group has every block.
     *
     * @param tokens of the prompt
     * @return as {@link #find}
     */
    public int findFor(long tenant, List<BlockKey> keys, int firstBlock, int endMax, int tokens) {
        if (rule.isPlain() || !rule.hasFull() || Math.min(keys.size(), endMax) <= firstBlock) {
            return find(tenant, keys, firstBlock, endMax);
        }
        tier = NO_TIER;
        int end = findFull(tenant, keys, firstBlock, Math.min(keys.size(), endMax));
        for (int part = 1; part < rule.partCount(); part++) {
            int needed = rule.isState(part) ? end : Math.max(firstBlock, rule.firstBlock(part, tokens));
            for (int block = needed; block < end; block++) {
                int slot = index.find(namespace(tenant), part, known(keys.get(block)));
                end = slot == PrefixIndex.NOT_FOUND || !isThere(slot, block) ? block : end;
            }
        }
        return end;
    }

    /** Who has what all groups of full attention keep of a block that the last {@link #find} or {@link #findFor} found; so many behind its first. */
    public T foundOwner(int index) {
        return ownerOf(slots[index]);
    }

    /** Names that are held, one for each part of a block. */
    public int size() {
        return index.size();
    }

    /** Bytes of heap that it takes, for any number of names; not what owners take themselves. */
    public long bookkeepingBytes() {
        return index.bookkeepingBytes() + 8L * owners.length + 4L * nameCounts.length + 4L * slots.length;
    }

    private int findFull(long tenant, List<BlockKey> keys, int first, int end) {
        grow(end - first);
        int found = index.find(namespace(tenant), HitRule.FULL, named(keys), first, end, slots);
        for (int block = first; block < found; block++) {
            if (!isThere(slots[block - first], block)) {
                return block;
            }
        }
        return found;
    }

    private void grow(int count) {
        if (slots.length < count) {
            slots = new int[Math.max(count, 2 * slots.length)];
        }
    }

    /** The longest of the counts up to {@code end} for which every window and every state is held that it needs. */
    private int agreed(long tenant, List<BlockKey> keys, int first, int end) {
        int count = end;
        while (count > first) {
            int missing = NOBODY;
            for (int part = 1; part < rule.partCount() && missing == NOBODY; part++) {
                missing = lastMissing(tenant, part, keys, first, count);
            }
            if (missing == NOBODY) {
                return count;
            }
            count = missing;                                 // each count between needs that block, too
        }
        return first;
    }

    private int lastMissing(long tenant, int part, List<BlockKey> keys, int first, int count) {
        int needed = Math.max(first, rule.firstBlock(part, count * rule.blockTokens()));
        for (int block = count - 1; block >= needed; block--) {
            int slot = index.find(namespace(tenant), part, known(keys.get(block)));
            if (slot == PrefixIndex.NOT_FOUND || !isThere(slot, block)) {
                return block;
            }
        }
        return NOBODY;
    }

    /** At that place of a prompt, and in the tier of what was found before. */
    private boolean isThere(int slot, int block) {
        long place = index.place(slot);
        int tierIndex = (int) (place >>> BLOCK_BITS) & (1 << TIER_BITS) - 1;
        tier = tier == NO_TIER ? tierIndex : tier;
        return tierIndex == tier && (int) (place & (1 << BLOCK_BITS) - 1) == block;
    }

    private int owner(int slot) {
        return (int) (index.place(slot) >>> OWNER_SHIFT);
    }

    @SuppressWarnings("unchecked")
    private T ownerOf(int slot) {
        return (T) owners[owner(slot)];
    }

    private static long namespace(long tenant) {
        return Canary.TENANT_IGNORED.isActive() ? 0 : tenant;
    }

    private static BlockKey known(BlockKey key) {
        return Canary.KEY_TRUNCATED.isActive() ? new BlockKey(key.first(), key.second(), key.third(), 0) : key;
    }

    private static List<BlockKey> named(List<BlockKey> keys) {
        return Canary.KEY_TRUNCATED.isActive() ? keys.stream().map(BlockTable::known).toList() : keys;
    }
}
