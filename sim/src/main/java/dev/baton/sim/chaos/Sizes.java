package dev.baton.sim.chaos;

import java.util.Arrays;

import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;

/** What memory a prompt takes at the receivers of one seed, and how long one may be for the memory that there is. */
final class Sizes {
    private static final int TOKENS_MAX = 1 << 20;

    private final ShardPairing pairing;
    private final int blockTokens;

    Sizes(Plan plan) {
        pairing = ShardPairing.of(plan.senderLayout.layout(), plan.senderLayout.sharding(), plan.receiverLayout.layout(), plan.receiverLayout.sharding());
        blockTokens = plan.senderLayout.layout().blockTokens();
    }

    int blockTokens() {
        return blockTokens;
    }

    /** Of each shard. */
    private int[] extents(int tokens) {
        CellMap map = CellMap.ofTarget(pairing, tokens, 0, 0, Plan.EXTENT_BYTES);
        int[] extents = new int[map.targetShardCount()];
        Arrays.setAll(extents, map::extents);
        return extents;
    }

    /** Of all shards. */
    long bytes(int tokens) {
        return (long) Arrays.stream(extents(tokens)).sum() * Plan.EXTENT_BYTES;
    }

    boolean fits(int tokens, int[] extentsPerShard) {
        int[] needed = extents(tokens);
        for (int shard = 0; shard < needed.length; shard++) {
            if (needed[shard] > extentsPerShard[shard]) {
                return false;
            }
        }
        return true;
    }

    /** The longest prompt of whole blocks for which there is room; 0 where not even one block fits. */
    int tokensWithin(int[] extentsPerShard) {
        int blocks = 1;
        while (blocks * blockTokens < TOKENS_MAX && fits(blocks * blockTokens, extentsPerShard)) {
            blocks *= 2;
        }
        int low = 0;
        while (blocks - low > 1) {
            int middle = (low + blocks) >>> 1;
            if (fits(middle * blockTokens, extentsPerShard)) {
                low = middle;
            } else {
                blocks = middle;
            }
        }
        return low * blockTokens;
    }

    /** With so many extents on each shard. */
    int tokensWithin(int extents) {
        int[] all = new int[pairing.targetSharding().count()];
        Arrays.fill(all, extents);
        return tokensWithin(all);
    }
}
