package dev.baton.receiver.core;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.buffer.slab.SlabSpec;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.wire.LendDecoder;

/**
 * Whether two processes can be of one gang: all lay out the same slabs for all shards, and each has the memory of some.
 * Both ends look, so that each can say in its own log what is wrong.
 */
final class GangFit {
    private GangFit() {}

    /** Empty, or why these slabs cannot be the leader's to allocate. */
    static String whyNot(NodeIdentity member, LendDecoder message, SlabPlan plan, int laneCount) {
        String whyNot = whyNot(member, plan, laneCount);
        if (!whyNot.isEmpty()) {
            return whyNot;
        }
        if (message.runs().count() == 0) {
            return "lent nothing";
        }
        message.sbeRewind();
        int[] extents = new int[plan.bankCount()];
        for (LendDecoder.RunsDecoder run : message.runs()) {
            int slab = run.slab() - plan.firstSlabId();
            if (slab < 0 || slab >= plan.slabCount() || plan.shard(run.slab()) != run.shard() || run.firstExtent() != 0
                || run.extentCount() != plan.slabExtents(run.slab())) {
                return "lent what is no slab here: slab=" + run.slab() + " shard=" + run.shard() + " extents=" +
                    run.extentCount() + "; start all processes of a gang with the same --pool, --extent and --spill";
            }
            extents[plan.bank(run.slab())] += (int) run.extentCount();
        }
        ShardRange shards = shards(message.sbeRewind());
        for (int bank = 0; bank < extents.length; bank++) {
            if (shards.has(plan.shardOfBank(bank)) && extents[bank] != plan.extentCount(bank)) {
                return "shards=" + shards + " were not lent whole: shard=" + plan.shardOfBank(bank) + " extents=" +
                    extents[bank] + " of " + plan.extentCount(bank);
            }
        }
        return "";
    }

    /** Empty, or what that process would have to be started with otherwise. */
    static String whyNot(NodeIdentity peer, SlabPlan plan, int laneCount) {
        if (peer.lanes() != laneCount) {
            return "lanes=" + peer.lanes() + " there, " + laneCount + " here: start all processes of a gang with the same " +
                "--lanes";
        }
        if (peer.extentBytes() != plan.extentBytes()) {
            return "extentBytes=" + peer.extentBytes() + " there, " + plan.extentBytes() +
                " here: start all processes of a gang with the same --extent";
        }
        for (RemoteSlab slab : peer.slabs()) {
            int index = slab.slab() - plan.firstSlabId();
            SlabSpec spec = index < 0 || index >= plan.slabCount() ? null : plan.spec(slab.slab());
            if (spec == null || spec.shard() != slab.shard() || spec.lengthBytes() != slab.lengthBytes()) {
                return "slab=" + slab.slab() + " of shard=" + slab.shard() + " there is none here: start all processes " +
                    "of a gang with the same model, sharding, --pool and --spill";
            }
        }
        return "";
    }

    /** Those of a LEND that fits; what lies between its first and its last shard is lent too. */
    static ShardRange shards(LendDecoder message) {
        int first = Integer.MAX_VALUE;
        int last = 0;
        for (LendDecoder.RunsDecoder run : message.runs()) {
            first = Math.min(first, run.shard());
            last = Math.max(last, run.shard());
        }
        return new ShardRange(first, last);
    }
}
