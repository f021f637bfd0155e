package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangBlocksEncoder;
import dev.baton.transport.wire.GangHeldEncoder;
import dev.baton.transport.wire.GangOpenEncoder;
import dev.baton.transport.wire.GangProxy;

/** Tells members of a grant, and of what a delivered request is read by; each the runs of its own shards. Control agent's thread. */
final class GangOpening {
    private interface RunWriter {
        void write(int shard, int slab, int firstExtent, int extentCount);
    }

    private final GangProxy proxy;
    private HandoffId handoff;
    private long tokenHigh;
    private long tokenLow;
    private long[] incarnations;

    GangOpening(GangProxy proxy) {
        this.proxy = proxy;
    }

    /** Of the reservation that is told next. */
    void of(HandoffId id, long high, long low, long[] partIncarnations) {
        handoff = id;
        tokenHigh = high;
        tokenLow = low;
        incarnations = partIncarnations;
    }

    void tell(GangSeat member, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        Session session = member.session();
        GangOpenEncoder message = proxy.openBegin(session, handoff,
            new ReservationId(session.localIncarnation(), reservation), generation);
        message.tokens(map.tokens()).growthTokens(map.growthTokens()).haveTokens(map.haveTokens());
        message.token().high(tokenHigh).low(tokenLow);
        boolean isOne = parts.count() == 1;
        GangOpenEncoder.PartsEncoder group = message.partsCount(isOne ? 1 : map.sourceShardCount());
        for (int shard = 0; shard < (isOne ? 1 : map.sourceShardCount()); shard++) {
            int part = parts.partOfShard(shard);
            group.next().part(part).incarnation(incarnations[part]).sourceShard(isOne ? GangProxy.ALL_SHARDS : shard);
        }
        GangOpenEncoder.RunsEncoder told = message.runsCount(runCount(member.shards(), runs));
        forEachRun(member.shards(), runs, (shard, slab, firstExtent, extentCount) ->
            told.next().shard(shard).slab(slab).firstExtent(firstExtent).extentCount(extentCount));
        byte[] layout = layoutOf(map);
        message.putLayout(layout, 0, layout.length);
        proxy.openEnd();
    }

    /** Before it hears that the request was taken: how its blocks are called, and where those lie that were not sent. */
    void tellBlocks(GangSeat member, long reservation, NamedBlocks blocks) {
        if (blocks.keys().isEmpty()) {
            return;
        }
        GangBlocksEncoder.BlockKeysEncoder names = proxy.blocksBegin(member.session(), reservation, blocks.keys().size());
        for (BlockKey key : blocks.keys()) {
            names.next().key().a(key.first()).b(key.second()).c(key.third()).d(key.fourth());
        }
        proxy.blocksEnd();
        for (HeldBlocks.Span span : blocks.held().spans()) {
            CellMap map = span.of().map();
            RunMap runs = span.of().runs();
            GangHeldEncoder message = proxy.heldBegin(member.session(), reservation);
            message.firstBlock(span.first()).endBlock(span.end()).groups(span.groups())
                .tokens(map.tokens()).growthTokens(map.growthTokens()).haveTokens(map.haveTokens());
            GangHeldEncoder.RunsEncoder told = message.runsCount(runCount(member.shards(), runs));
            forEachRun(member.shards(), runs, (shard, slab, firstExtent, extentCount) ->
                told.next().shard(shard).slab(slab).firstExtent(firstExtent).extentCount(extentCount));
            byte[] layout = layoutOf(map);
            message.putLayout(layout, 0, layout.length);
            proxy.heldEnd();
        }
    }

    private static byte[] layoutOf(CellMap map) {
        return new ShardedLayout(map.pairing().sourceLayout(), map.pairing().sourceSharding()).encode();
    }

    private static int runCount(ShardRange shards, RunMap runs) {
        int count = 0;
        for (int shard = shards.first(); shard <= shards.last(); shard++) {
            count += runs.runCount(shard);
        }
        return count;
    }

    private static void forEachRun(ShardRange shards, RunMap runs, RunWriter writer) {
        for (int shard = shards.first(); shard <= shards.last(); shard++) {
            for (int run = 0; run < runs.runCount(shard); run++) {
                writer.write(shard, runs.slab(shard, run), runs.firstExtent(shard, run), runs.extentCount(shard, run));
            }
        }
    }
}
