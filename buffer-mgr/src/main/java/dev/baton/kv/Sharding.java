package dev.baton.kv;

import dev.baton.platform.Require;

/**
 * How the ranks of one engine instance split a layout. Immutable; every answer is arithmetic and allocates nothing.
 * <pre>
 *   shard   index = (ppRank * cp + cpRank) * tp + tpRank, 0 to count() - 1
 *   heads   by tp: kvHeads / tp each; with more ranks than heads, tp / kvHeads neighbours hold the same one
 *   latents on every tp rank, whole
 *   layers  by pp, group by group, in order; where they do not divide, the first ranks hold one more
 *   tokens  by cp, block round robin: block b is on cp rank b % cp; states are on every cp rank
 * </pre>
 *
 * @param tp tensor-parallel ranks, 1 to 1,024
 * @param pp pipeline-parallel ranks, 1 to 256
 * @param cp context-parallel ranks, 1 to 64
 */
public record Sharding(int tp, int pp, int cp) {
    public static final Sharding SINGLE = new Sharding(1, 1, 1);
    static final int SHARDS_MAX = 4096;

    public Sharding {
        Require.between("tp", tp, 1, 1024);
        Require.between("pp", pp, 1, 256);
        Require.between("cp", cp, 1, 64);
        Require.between("tp * pp * cp", tp * pp * cp, 1, SHARDS_MAX);
    }

    public static Sharding tensor(int tp) {
        return new Sharding(tp, 1, 1);
    }

    public int count() {
        return tp * pp * cp;
    }

    public int tpRank(int shard) {
        return shard % tp;
    }

    public int cpRank(int shard) {
        return shard / tp % cp;
    }

    public int ppRank(int shard) {
        return shard / (tp * cp);
    }

    public Shard shard(int index) {
        requireShard(index);
        return new Shard(tpRank(index), ppRank(index), cpRank(index));
    }

    public int index(Shard shard) {
        return (shard.ppRank() * cp + shard.cpRank()) * tp + shard.tpRank();
    }

    public int firstLayer(LayerGroup group, int shard) {
        int rank = ppRank(shard);
        return rank * (group.layers() / pp) + Math.min(rank, group.layers() % pp);
    }

    /** Layers of the group on that shard; 0 is possible with more ranks than layers. */
    public int layerCount(LayerGroup group, int shard) {
        return group.layers() / pp + (ppRank(shard) < group.layers() % pp ? 1 : 0);
    }

    public int firstHead(LayerGroup group, int shard) {
        return (int) ((long) tpRank(shard) * group.kvHeads() / tp);
    }

    /** Heads of the group on that shard, at least 1. */
    public int headCount(LayerGroup group, int shard) {
        return Math.max(1, group.kvHeads() / tp);
    }

    /** Tensor ranks that hold one and the same head: 1 unless there are more ranks than heads. */
    public int replicas(LayerGroup group) {
        return Math.max(1, tp / group.kvHeads());
    }

    /** Whether that shard keeps tokens of that block. */
    public boolean isHolderOf(LayerGroup group, int shard, int block) {
        return group.isState() || block % cp == cpRank(shard);
    }

    /** Of the first {@code tokens} tokens of a sequence, how many lie in blocks of that shard. */
    public long tokensOwned(int shard, long tokens, int blockTokens) {
        long blocks = tokens / blockTokens;
        int rank = cpRank(shard);
        long owned = (blocks / cp + (rank < blocks % cp ? 1 : 0)) * blockTokens;
        return blocks % cp == rank ? owned + tokens % blockTokens : owned;
    }

    /**
     * Refuses a layout whose heads cannot be split so.
     * @throws IllegalArgumentException naming the group
     */
    public void requireFits(KvLayout layout) {
        for (LayerGroup group : layout.groups()) {
            int heads = group.kvHeads();
            Require.that(heads % tp == 0 || tp % heads == 0, "tp", tp,
                "a divisor or a multiple of kvHeads=" + heads + " of group " + group.name());
        }
    }

    void requireShard(int shard) {
        Require.between("shard", shard, 0, count() - 1);
    }
}
