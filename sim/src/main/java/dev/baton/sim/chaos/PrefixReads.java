package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.engine.PrefillEngine;

/**
 * Beginnings of prompts that a prefill engine reads in its node's share for reservations before it hands them on: each asking is
 * answered once, with bytes that are right, and that stay so until they are released.
 */
final class PrefixReads {
    private record Reading(PrefixHere here, Attempt attempt, long releaseNs) {}

    private final Member member;
    private final Cluster cluster;
    private final ShardedLayout layout;
    private final IdentityHashMap<PrefixAsk, Attempt> asked = new IdentityHashMap<>();
    /** Of {@link #asked}, in their order. */
    private final List<Attempt> waiting = new ArrayList<>();
    private final List<Reading> readings = new ArrayList<>();

    PrefixReads(Member member, ShardedLayout layout) {
        this.member = member;
        this.cluster = member.cluster;
        this.layout = layout;
    }

    void begin(PrefillEngine engine, Attempt attempt) {
        Request request = attempt.request;
        String from = ForwardPlan.isFetchedFirst(request) ? cluster.prefills().get(member.chance.below(cluster.plan().senders)).name() : "";
        PrefixAsk ask = from.isEmpty() ? PrefixAsk.here(request.tenant(), request.keys())
            : new PrefixAsk(cluster.fetched(request).id, request.keys(), from, request.deadlineMs());
        cluster.note(member.name(), () -> "loads for " + attempt + (from.isEmpty() ? "" : ", also from " + from));
        asked.put(ask, attempt);
        waiting.add(attempt);
        engine.load(ask);
    }

    /** Returns whose it is. */
    Attempt loaded(PrefixHere here) {
        Attempt attempt = asked.remove(here.ask());
        if (attempt == null) {
            throw new Violation("S9", "a load is answered that nobody asked for, or twice: " + here.ask());
        }
        waiting.remove(attempt);
        cluster.note(member.name(), () -> attempt + " finds blocks=" + here.blockCount() + " " + here.whyNot());
        cluster.oracle().seen(member.node, here.blockCount() == 0 ? "load-none" : "load-here", here.blockCount());
        if (here.blockCount() > here.ask().keys().size()) {
            throw new Violation("S6", "more is read than was asked for: " + attempt + " blocks=" + here.blockCount());
        }
        Reading reading = new Reading(here, attempt, cluster.agenda().nowNs() + member.readTimeNs(member.chance));
        compare(reading, "load");
        readings.add(reading);
        return attempt;
    }

    int cycle(PrefillEngine engine, long nowNs) {
        int work = 0;
        for (int i = 0; i < readings.size(); i++) {
            Reading reading = readings.get(i);
            if (reading.releaseNs <= nowNs) {
                readings.remove(i--);
                compare(reading, "release");
                engine.release(reading.here);
                work++;
            }
        }
        return work;
    }

    long nextNs() {
        long nextNs = Long.MAX_VALUE;
        for (int i = 0; i < readings.size(); i++) {
            nextNs = Math.min(nextNs, readings.get(i).releaseNs);
        }
        return nextNs;
    }

    /** Who reads is gone: its node lets go of it. What was asked is answered all the same. */
    void readerGone() {
        readings.clear();
    }

    /** Its process is gone. Returns what waited for an answer. */
    List<Attempt> clear() {
        List<Attempt> lost = List.copyOf(waiting);
        asked.clear();
        waiting.clear();
        readings.clear();
        return lost;
    }

    private void compare(Reading reading, String when) {
        PrefixHere here = reading.here;
        if (here.blockCount() == 0) {
            return;
        }
        Request request = reading.attempt.request;
        ShardPairing self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        CellMap map = CellMap.ofTarget(self, here.blockCount() * layout.layout().blockTokens(), 0, 0, Plan.EXTENT_BYTES);
        for (int cell = 0; cell < map.cellCount(); cell++) {
            int block = map.block(cell);
            long seed = request.seedOf(cluster.plan().seed, block, 0);
            for (long at = 0; at < map.lengthBytes(cell);) {
                long piece = here.contiguousBytes(block, map.targetShard(cell), map.group(cell), at);
                long address = here.address(block, map.targetShard(cell), map.group(cell), at);
                if (KvPattern.mismatches(address, map, cell, at, piece, seed) > 0) {
                    throw new Violation("release".equals(when) ? "S2" : cluster.plan().whose(address, map, cell, at, piece, request),
                        "wrong bytes for a prefill engine at " + when + ": " + reading.attempt + " block=" + block);
                }
                at += piece;
            }
        }
    }
}
