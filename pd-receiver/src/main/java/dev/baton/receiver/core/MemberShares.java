package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.wire.GangBlocksDecoder;
import dev.baton.transport.wire.GangHeldDecoder;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.WireIds;

/** A member's table of its leader's reservations; reads new ones, and what is told of them, from its leader's words. Control agent's thread. */
final class MemberShares {
    private final MemberPlaces places;
    private final int laneCount;
    private final IntArrayList freeSlots = new IntArrayList();
    private final Long2ObjectHashMap<MemberShare> byReservation = new Long2ObjectHashMap<>();
    private String whyNot = "";

    MemberShares(ShardedLayout local, SlabPlan plan, ShardRange own, int laneCount, int sharesMax) {
        places = new MemberPlaces(local, plan, own);
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

    /** Why something made no sense. */
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
        RunMap runs = places.runsOrNull(message);
        if (runs == null) {
            return refused(places.whyNot());
        }
        byte[] layout = MemberPlaces.layoutBytes(message.layoutLength());
        message.getLayout(layout, 0, layout.length);
        CellMap map = places.mapOrNull(layout, tokens, growth, have, runs);
        if (map == null) {
            return refused(places.whyNot());
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

    /** How the blocks of a request are called that will be said to be taken. False where it makes no sense. */
    boolean names(GangBlocksDecoder message) {
        MemberShare share = find(message.reservation());
        List<BlockKey> keys = new ArrayList<>();
        for (GangBlocksDecoder.BlockKeysDecoder key : message.blockKeys()) {
            keys.add(new BlockKey(key.key().a(), key.key().b(), key.key().c(), key.key().d()));
        }
        if (share != null && keys.size() > share.map().blockCount()) {
            whyNot = "blockKeys=" + keys.size() + " of blocks=" + share.map().blockCount();
            return false;
        }
        if (share != null) {
            share.keys(keys);
        }
        return true;
    }

    /** Where some of them lie that were not sent. False where it makes no sense. */
    boolean held(GangHeldDecoder message) {
        MemberShare share = find(message.reservation());
        if (share == null) {
            return true;
        }
        long first = message.firstBlock();
        long end = message.endBlock();
        int groups = message.groups();
        long tokens = message.tokens();
        long growth = message.growthTokens();
        long have = message.haveTokens();
        RunMap runs = places.runsOrNull(message);
        byte[] layout = MemberPlaces.layoutBytes(runs == null ? 0 : message.layoutLength());
        if (runs != null) {
            message.getLayout(layout, 0, layout.length);
        }
        CellMap map = runs == null ? null : places.mapOrNull(layout, tokens, growth, have, runs);
        if (map == null) {
            whyNot = places.whyNot();
            return false;
        }
        if (first < map.firstBlock() || first >= end || end > map.blockCount() || end > share.map().firstBlock()) {
            whyNot = "blocks that cannot be held: first=" + first + " end=" + end + " of " + map.firstBlock() + " to " +
                map.blockCount() + " sent=" + share.map().firstBlock();
            return false;
        }
        share.held(new MemberShare.Held(map, runs, (int) first, (int) end, groups));
        return true;
    }

    private MemberShare refused(String why) {
        whyNot = why;
        return null;
    }
}
