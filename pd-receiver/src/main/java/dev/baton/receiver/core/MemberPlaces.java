package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.GangHeldDecoder;
import dev.baton.transport.wire.GangOpenDecoder;

/** Reads where a leader says that blocks lie at this member, and whether they can lie there. Control agent's thread. */
final class MemberPlaces {
    private final ShardedLayout local;
    private final SlabPlan plan;
    private final ShardRange own;
    private String whyNot = "";

    MemberPlaces(ShardedLayout local, SlabPlan plan, ShardRange own) {
        this.local = local;
        this.plan = plan;
        this.own = own;
    }

    /** Why a question was answered with null. */
    String whyNot() {
        return whyNot;
    }

    /** Null, or the runs of its own shards. Read before what follows them in the message. */
    RunMap runsOrNull(GangOpenDecoder message) {
        RunMap runs = new RunMap(local.sharding().count(), (int) plan.extentBytes());
        for (GangOpenDecoder.RunsDecoder run : message.runs()) {
            if (!add(runs, run.shard(), run.slab(), run.firstExtent(), run.extentCount())) {
                return null;
            }
        }
        return runs;
    }

    /** As {@link #runsOrNull(GangOpenDecoder)}. */
    RunMap runsOrNull(GangHeldDecoder message) {
        RunMap runs = new RunMap(local.sharding().count(), (int) plan.extentBytes());
        for (GangHeldDecoder.RunsDecoder run : message.runs()) {
            if (!add(runs, run.shard(), run.slab(), run.firstExtent(), run.extentCount())) {
                return null;
            }
        }
        return runs;
    }

    private boolean add(RunMap runs, int shard, int slabId, long firstExtent, long extentCount) {
        int slab = slabId - plan.firstSlabId();
        if (slab < 0 || slab >= plan.slabCount() || plan.shard(slabId) != shard || !own.has(shard)
            || extentCount <= 0 || firstExtent + extentCount > plan.slabExtents(slabId)) {
            whyNot = "no such run here: shard=" + shard + " slab=" + slabId + " firstExtent=" + firstExtent + " extentCount=" +
                extentCount;
            return false;
        }
        runs.add(shard, slabId, (int) firstExtent, (int) extentCount);
        return true;
    }

    /** Null, or the cells of a handoff from such a source, which lie in these runs as far as they lie here. */
    CellMap mapOrNull(byte[] layout, long tokens, long growth, long have, RunMap runs) {
        PeerLayout source = PeerLayout.of(layout, local);
        if (!source.isUsable() || tokens < 1 || tokens + growth > CellMap.TOKENS_MAX || have > tokens) {
            whyNot = "sizes or layout: tokens=" + tokens + " growthTokens=" + growth + " haveTokens=" + have + " " + source.whyNot();
            return null;
        }
        CellMap map;
        try {
            map = CellMap.ofTarget(source.pairing(), (int) tokens, (int) growth, (int) have, (int) plan.extentBytes());
        } catch (IllegalArgumentException ex) {
            whyNot = ex.getMessage();
            return null;
        }
        for (int shard = own.first(); shard <= own.last(); shard++) {
            if (runs.lengthBytes(shard) != map.extents(shard) * plan.extentBytes()) {
                whyNot = "shard=" + shard + " has bytes=" + runs.lengthBytes(shard) + ", not " +
                    map.extents(shard) * plan.extentBytes();
                return null;
            }
        }
        return map;
    }

    /** Of a message's layout as many bytes as are read. */
    static byte[] layoutBytes(int length) {
        return new byte[Math.min(length, WireMaxima.LAYOUT_LENGTH_MAX)];
    }
}
