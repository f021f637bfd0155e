package dev.baton.kv;

import java.util.ArrayList;
import java.util.List;

/**
 * What one source shard sends to one target shard of one layer group: a rectangle of layers and heads, of every
 * {@code blockStep}-th block. A cell is one block of a route. Layers and heads are relative to the shard's first.
 */
record Route(
    int group, int sourceShard, int targetShard, int sourceLayer, int targetLayer, int layers,
    int sourceHead, int targetHead, int heads, int blockResidue, int blockStep) {

    /** All routes, ordered by group, source shard, target shard: each target row comes from exactly one source. */
    static List<Route> between(KvLayout layout, Sharding source, Sharding target) {
        List<Route> routes = new ArrayList<>();
        for (int group = 0; group < layout.groupCount(); group++) {
            for (int sourceShard = 0; sourceShard < source.count(); sourceShard++) {
                for (int targetShard = 0; targetShard < target.count(); targetShard++) {
                    Route route = of(layout.group(group), group, source, sourceShard, target, targetShard);
                    if (route != null) {
                        routes.add(route);
                    }
                }
            }
        }
        return routes;
    }

    /** The route of one pair of shards, or null where the source has nothing for that target. */
    static Route of(LayerGroup layers, int group, Sharding source, int sourceShard, Sharding target, int targetShard) {
        int firstLayer = Math.max(source.firstLayer(layers, sourceShard), target.firstLayer(layers, targetShard));
        int endLayer = Math.min(
            source.firstLayer(layers, sourceShard) + source.layerCount(layers, sourceShard),
            target.firstLayer(layers, targetShard) + target.layerCount(layers, targetShard));
        int firstHead = Math.max(source.firstHead(layers, sourceShard), target.firstHead(layers, targetShard));
        int endHead = Math.min(
            source.firstHead(layers, sourceShard) + source.headCount(layers, sourceShard),
            target.firstHead(layers, targetShard) + target.headCount(layers, targetShard));
        int residue = blockResidue(layers, source, sourceShard, target, targetShard);
        // Several sources hold a replicated head: the target's own rank picks one, which spreads the reads.
        int replicas = source.replicas(layers);
        boolean isChosen = source.tpRank(sourceShard) % replicas == target.tpRank(targetShard) % replicas;
        if (firstLayer >= endLayer || firstHead >= endHead || residue < 0 || !isChosen) {
            return null;
        }
        return new Route(group, sourceShard, targetShard,
            firstLayer - source.firstLayer(layers, sourceShard), firstLayer - target.firstLayer(layers, targetShard),
            endLayer - firstLayer,
            firstHead - source.firstHead(layers, sourceShard), firstHead - target.firstHead(layers, targetShard),
            endHead - firstHead, residue, layers.isState() ? 1 : blockStep(source, target));
    }

    /** Blocks b with b % step == residue are on both shards; -1 if none is. */
    private static int blockResidue(
        LayerGroup layers, Sharding source, int sourceShard, Sharding target, int targetShard) {
        if (layers.isState()) {
            return source.cpRank(sourceShard) == target.cpRank(targetShard) % source.cp() ? 0 : -1;
        }
        int step = blockStep(source, target);
        for (int block = source.cpRank(sourceShard); block < step; block += source.cp()) {
            if (block % target.cp() == target.cpRank(targetShard)) {
                return block;
            }
        }
        return -1;
    }

    /** Least common multiple of both context-parallel counts: the blocks of a route repeat with it. */
    static int blockStep(Sharding source, Sharding target) {
        int a = source.cp();
        int b = target.cp();
        while (b != 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        return source.cp() / a * target.cp();
    }
}
