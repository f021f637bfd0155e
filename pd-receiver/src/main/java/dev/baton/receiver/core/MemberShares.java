package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.WireIds;

/** A member's table of its leader's reservations; reads new ones from GangOpen. Control agent's thread. */
final class MemberShares {
    private final ShardedLayout local;
    private final SlabPlan plan;
    private final ShardRange own;
    private final int laneCount;
    private final IntArrayList freeSlots = new IntArrayList();
    private final Long2ObjectHashMap<MemberShare> byReservation = new Long2ObjectHashMap<>();
    private String whyNot = "";

    MemberShares(ShardedLayout local, SlabPlan plan, ShardRange own, int laneCount, int sharesMax) {
        this.local = local;
        this.plan = plan;
        this.own = own;
        this.laneCount = laneCount;
        for (int slot = sharesMax - 1; slot >= 0; slot--) {
            freeSlots.addInt(slot);
        }
    }

    MemberShare find(long reservation) {
        return byReservation.get(reservation);
    }

    boolean isEmpty() {
        return byReservation.isEmpty();
    }

    int count() {
        return byReservation.size();
    }

    /** A copy, in the order of their ids: shares may end while somebody walks it. */
    List<MemberShare> all() {
        List<MemberShare> shares = new ArrayList<>();
        long[] ids = byReservation.keySet().stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(ids);
        for (long id : ids) {
            shares.add(byReservation.get(id));
        }
        return shares;
    }

    void remove(MemberShare share) {
        byReservation.remove(share.reservation().counter());
        freeSlots.addInt(share.slot());
    }

    /** Why {@link #open} gave null. */
    String whyNot() {
        return whyNot;
    }

    /** Null where it makes no sense: then leader and member do not mean the same by their words. */
    MemberShare open(GangOpenDecoder message, long nowNs) {
        long counter = message.reservation().counter();
        if (byReservation.containsKey(counter) || freeSlots.isEmpty()) {
            return refused("reservation=" + counter + " is known, or the table is full: live=" + byReservation.size());
        }
        long tokens = message.tokens();
        long growth = message.growthTokens();
        long have = message.haveTokens();
        List<long[]> entries = new ArrayList<>();
        for (GangOpenDecoder.PartsDecoder part : message.parts()) {
            entries.add(new long[] {part.part(), part.incarnation(), part.sourceShard()});
        }
        RunMap runs = new RunMap(local.sharding().count(), (int) plan.extentBytes());
        for (GangOpenDecoder.RunsDecoder run : message.runs()) {
            if (!isRun(run)) {
                return refused("no such run here: shard=" + run.shard() + " slab=" + run.slab() + " firstExtent=" +
                    run.firstExtent() + " extentCount=" + run.extentCount());
            }
            runs.add(run.shard(), run.slab(), (int) run.firstExtent(), (int) run.extentCount());
        }
        byte[] layout = new byte[Math.min(message.layoutLength(), WireMaxima.LAYOUT_LENGTH_MAX)];
        message.getLayout(layout, 0, layout.length);
        PeerLayout source = PeerLayout.of(layout, local);
        if (!source.isUsable() || tokens < 1 || tokens + growth > CellMap.TOKENS_MAX || have > tokens) {
            return refused("sizes or layout: tokens=" + tokens + " growthTokens=" + growth + " haveTokens=" + have +
                " " + source.whyNot());
        }
        CellMap map = CellMap.ofTarget(source.pairing(), (int) tokens, (int) growth, (int) have,
            (int) plan.extentBytes());
        for (int shard = own.first(); shard <= own.last(); shard++) {
            if (runs.lengthBytes(shard) != map.extents(shard) * plan.extentBytes()) {
                return refused("shard=" + shard + " has bytes=" + runs.lengthBytes(shard) + ", not " +
                    map.extents(shard) * plan.extentBytes());
            }
        }
        return open(message, entries, map, runs, nowNs);
    }

    private MemberShare open(GangOpenDecoder message, List<long[]> entries, CellMap map, RunMap runs, long nowNs) {
        boolean isOne = entries.size() == 1 && entries.getFirst()[2] == GangProxy.ALL_SHARDS;
        int partCount = 1 + (int) entries.stream().mapToLong(entry -> entry[0]).max().orElse(0);
        int[] partOfShard = SourceParts.unnamed(map.sourceShardCount());
        InboundPart[] parts = new InboundPart[partCount];
        for (long[] entry : entries) {
            int part = (int) entry[0];
            if (part >= WireMaxima.PARTS_MAX || (!isOne && entry[2] >= partOfShard.length)) {
                return refused("part=" + part + " sourceShard=" + entry[2]);
            }
            parts[part] = parts[part] == null ? new InboundPart(part, entry[1], laneCount) : parts[part];
            if (!isOne) {
                partOfShard[(int) entry[2]] = part;
            }
        }
        if (Arrays.asList(parts).contains(null) || (!isOne && SourceParts.unnamedShard(partOfShard) >= 0)) {
            return refused("a part or a source shard is missing: parts=" + partCount);
        }
        SourceParts sources = partCount == 1 ? SourceParts.one(map) : SourceParts.of(map, partCount, partOfShard);
        MemberShare share = new MemberShare(freeSlots.removeAt(freeSlots.size() - 1),
            WireIds.handoff(message.handoff()), WireIds.reservation(message.reservation()), (int) message.generation(),
            message.token().high(), message.token().low(), map, runs, sources, parts, nowNs);
        byReservation.put(share.reservation().counter(), share);
        return share;
    }

    private boolean isRun(GangOpenDecoder.RunsDecoder run) {
        int slab = run.slab() - plan.firstSlabId();
        return slab >= 0 && slab < plan.slabCount() && plan.shard(run.slab()) == run.shard() && own.has(run.shard())
            && run.extentCount() > 0 && run.firstExtent() + run.extentCount() <= plan.slabExtents(run.slab());
    }

    private MemberShare refused(String why) {
        whyNot = why;
        return null;
    }
}
