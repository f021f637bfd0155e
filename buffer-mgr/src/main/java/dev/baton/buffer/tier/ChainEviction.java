package dev.baton.buffer.tier;

/**
 * The end of a chain that is worth least goes first. Three things are known of a prefix cache that no policy over single
 * blocks uses:
 * <ul>
 *   <li>A block is worth nothing once the one before it is gone. So only ends of chains go, and a chain goes from its end.
 *   <li>Who comes back tells by what it did: a conversation at its fifth turn comes back more often than one at its first,
 *       a partial block hardly ever does. Blocks are classed by how often they were asked for, by the turn of their
 *       request, and by how much of that was new.
 *   <li>People read and think before they come back. So what was touched last is not what is needed next, and the worth
 *       of a class over its age is learned ({@link ReuseRates}) from a sample of keys ({@link TouchHistory}) that is kept
 *       beyond eviction.
 * </ul>
 * A miss costs the tokens of the block, late ones more where attention counts ({@link RecomputeCost}). A call costs a few list operations; once an
 * epoch, a 32nd of the cache's blocks but 256 touches at least, the sample is swept and the order is made. 44 bytes a
 * block. One owner; nothing is allocated after construction.
 */
final class ChainEviction implements EvictionPolicy {
    private static final int PARTIAL = 0;
    private static final int FRESH = 1;
    private static final int TURNS = 3;
    private static final int SIZES = 4;
    private static final int AGAIN = FRESH + TURNS * SIZES;
    private static final int COUNTS = 6;
    private static final int CLASSES = AGAIN + COUNTS;
    private static final int OCTAVES = 9;

    private final Cohorts cohorts;
    private final ReuseRates rates;
    private final TouchHistory history;
    private final int blockTokens;
    private final int epoch;

    private final int[] parents;
    private final int[] parentTags;
    private final int[] children;
    private final long[] hashes;
    private final long[] touches;
    private final byte[] classes;
    private final byte[] turns;
    private final byte[] counts;
    private final byte[] bands;
    private final RecomputeCost cost;

    private long touch;
    private long epochBegan;
    /** End of the chain that is being touched: the next touch may be its child's, so it is nobody's victim. */
    private int growing = NO_SLOT;
    private int hitsLeft;
    private int turn;
    private int size;
    /** Tokens of the request before the next block. */
    private long position;

    /**
     * Makes a policy for one tier.
     *
     * @param slotCount   blocks that the tier holds
     * @param blockTokens tokens of a whole block
     * @param cost        what a token costs, by its place in the prompt
     */
    ChainEviction(int slotCount, int blockTokens, RecomputeCost cost) {
        this.blockTokens = blockTokens;
        epoch = Math.max(256, slotCount / 32);
        rates = new ReuseRates(CLASSES, Math.max(256, slotCount / 8), OCTAVES);
        history = new TouchHistory(slotCount);
        cohorts = new Cohorts(slotCount, CLASSES, cost, rates);
        bands = new byte[slotCount];
        this.cost = cost;
        parents = new int[slotCount];
        parentTags = new int[slotCount];
        children = new int[slotCount];
        hashes = new long[slotCount];
        touches = new long[slotCount];
        classes = new byte[slotCount];
        turns = new byte[slotCount];
        counts = new byte[slotCount];
        cohorts.begin(0);
    }

    @Override
    public void onRequest(int blockCount, int hitCount) {
        hitsLeft = hitCount;
        turn = 0;
        position = 0;
        int fresh = blockCount - hitCount;
        size = fresh < 8 ? 0 : fresh < 24 ? 1 : fresh < 64 ? 2 : 3;
        if (touch - epochBegan >= epoch) {
            history.expose(touch, epochBegan, rates.ageMax(), rates);
            rates.conclude(touch - epochBegan);
            cohorts.begin(touch);
            epochBegan = touch;
            for (int slot = cohorts.takeHeld(); slot != SlotLists.NIL; slot = cohorts.takeHeld()) {
                cohorts.add(slot, classes[slot], bands[slot], touches[slot]);
            }
        }
    }

    @Override
    public void onInsert(int slot, int parentSlot, long keyHash, int tokens) {
        hashes[slot] = keyHash;
        parents[slot] = parentSlot;
        children[slot] = 0;
        counts[slot] = 0;
        turns[slot] = (byte) turn;
        classes[slot] = (byte) (tokens < blockTokens ? PARTIAL : FRESH + turn * SIZES + size);
        if (parentSlot != NO_SLOT) {
            parentTags[slot] = (int) hashes[parentSlot];
            children[parentSlot]++;
            if (cohorts.isLinked(parentSlot)) {
                cohorts.unlink(parentSlot);
            }
        }
        onTouch(slot);
    }

    @Override
    public void onHit(int slot) {
        if (cohorts.isLinked(slot)) {
            cohorts.unlink(slot);
        }
        int count = Math.min(COUNTS, counts[slot] + 1);
        counts[slot] = (byte) count;
        if (hitsLeft > 0 && --hitsLeft == 0 && parents[slot] != NO_SLOT) {
            turn = Math.min(TURNS - 1, turns[slot] + 1);     // goes on with what ends here; alone, a first block says nothing
            turns[slot] = (byte) turn;
        }
        classes[slot] = (byte) (AGAIN + count - 1);
        onTouch(slot);
    }

    @Override
    public int nextVictim() {
        int victim = cohorts.first();
        return victim == SlotLists.NIL ? growing : victim;
    }

    /** It goes after all others for the rest of the epoch. */
    @Override
    public void onPassedOver(int slot) {
        if (cohorts.isLinked(slot)) {
            cohorts.hold(slot);
        }
    }

    @Override
    public void onRemove(int slot) {
        if (cohorts.isLinked(slot)) {
            cohorts.unlink(slot);
        }
        if (slot == growing) {
            growing = NO_SLOT;
        }
        children[slot] = 0;                                  // those that are left have no parent: it must not come back by them
        int parent = parents[slot];
        if (parent == NO_SLOT || (int) hashes[parent] != parentTags[slot] || children[parent] == 0) {
            return;                                          // a parent that was dropped before its children: the slot is another's
        }
        children[parent]--;
        if (children[parent] == 0 && parent != growing) {
            cohorts.add(parent, classes[parent], bands[parent], touches[parent]);
        }
    }

    @Override
    public long bookkeepingBytes() {
        return cohorts.bookkeepingBytes() + rates.bookkeepingBytes() + history.bookkeepingBytes() + 36L * parents.length;
    }

    private void onTouch(int slot) {
        if (growing != NO_SLOT && growing != slot && children[growing] == 0 && !cohorts.isLinked(growing)) {
            cohorts.add(growing, classes[growing], bands[growing], touches[growing]);
        }
        growing = slot;
        touches[slot] = touch;
        bands[slot] = (byte) cost.band(position);
        position += blockTokens;
        if (history.isSampled(hashes[slot])) {
            history.onTouch(hashes[slot], classes[slot], touch, epochBegan, rates);
        }
        touch++;
    }
}
