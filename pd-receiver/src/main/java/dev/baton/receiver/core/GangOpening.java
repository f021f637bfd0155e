package dev.baton.receiver.core;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangOpenEncoder;
import dev.baton.transport.wire.GangProxy;

/** Tells members of a grant, each the runs of its own shards. Control agent's thread. */
final class GangOpening {
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
        int runCount = 0;
        for (int shard = member.shards().first(); shard <= member.shards().last(); shard++) {
            runCount += runs.runCount(shard);
        }
        GangOpenEncoder.RunsEncoder told = message.runsCount(runCount);
        for (int shard = member.shards().first(); shard <= member.shards().last(); shard++) {
            for (int run = 0; run < runs.runCount(shard); run++) {
                told.next().shard(shard).slab(runs.slab(shard, run)).firstExtent(runs.firstExtent(shard, run))
                    .extentCount(runs.extentCount(shard, run));
            }
        }
        byte[] layout = new ShardedLayout(map.pairing().sourceLayout(), map.pairing().sourceSharding()).encode();
        message.putLayout(layout, 0, layout.length);
        proxy.openEnd();
    }
}
