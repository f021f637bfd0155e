package dev.baton.receiver;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import dev.baton.buffer.PoolStats;
import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.receiver.core.EngineRoom;
import dev.baton.receiver.core.FenceCounters;
import dev.baton.receiver.core.ReceiverCore;
import dev.baton.receiver.core.ReceiverCounters;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.receiver.landing.LandingCounters;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** What {@code stats} shows of a receiver; extents by state add up to the pool (S1). */
final class ReceiverStats {
    private ReceiverStats() {}

    static Map<String, Object> of(ReservationLedger ledger, ReceiverCore core, Landings landings, DecodePort port,
        ReceiverContext context) {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("model", context.layout().describe());
        PoolStats poolStats = PoolStats.of(ledger);
        stats.put("pool", pool(poolStats));
        stats.put("reservations", reservations(poolStats, ledger.liveCount()));
        stats.put("rejections", rejections(poolStats));
        stats.put("counters", counters(ledger, core, port));
        stats.put("cache", cache(core.counters(), context));
        stats.put("ends", ends(core.counters()));
        stats.put("fences", fences(core.fenceCounters()));
        stats.put("landing", landing(landings));
        return stats;
    }

    private static Map<String, Object> pool(PoolStats stats) {
        Map<String, Object> pool = new LinkedHashMap<>();
        pool.put("extentBytes", stats.extentBytes());
        putExtents(pool, stats.extents());
        pool.put("totalBytes", stats.totalBytes());
        pool.put("reservedBytes", stats.reservedBytes());
        pool.put("highWaterBytes", stats.highWaterBytes());
        Map<String, Object> tiers = new LinkedHashMap<>();
        stats.tiers().forEach((tier, totals) -> {
            Map<String, Object> ofTier = new LinkedHashMap<>();
            putExtents(ofTier, totals);
            tiers.put(tier.name().toLowerCase(Locale.ROOT), ofTier);
        });
        pool.put("tiers", tiers);
        return pool;
    }

    private static void putExtents(Map<String, Object> into, ExtentTotals extents) {
        into.put("totalExtents", extents.total());
        into.put("freeExtents", extents.free());
        into.put("ownedExtents", extents.owned());
        into.put("sealedExtents", extents.sealed());
        into.put("evictableExtents", extents.evictable());
        into.put("quarantinedExtents", extents.quarantined());
    }

    private static Map<String, Object> reservations(PoolStats stats, int liveCount) {
        Map<String, Object> states = new LinkedHashMap<>();
        states.put("live", liveCount);
        stats.reservations().forEach((state, count) -> states.put(state.tag(), count));
        return states;
    }

    private static Map<String, Object> rejections(PoolStats stats) {
        Map<String, Object> reasons = new LinkedHashMap<>();
        stats.rejections().forEach((reason, count) -> {
            if (count > 0) {
                reasons.put(reason.tag(), count);
            }
        });
        return reasons;
    }

    private static Map<String, Object> ends(ReceiverCounters counters) {
        Map<String, Object> reasons = new LinkedHashMap<>();
        for (EndReason reason : EndReason.values()) {
            if (counters.ends(reason) > 0) {
                reasons.put(reason.tag(), counters.ends(reason));
            }
        }
        return reasons;
    }

    private static Map<String, Object> counters(ReservationLedger ledger, ReceiverCore core, DecodePort port) {
        ReceiverCounters counters = core.counters();
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("grants", counters.grants());
        numbers.put("grantsSpilled", ledger.counters().grantsSpilled());
        numbers.put("queued", counters.queued());
        numbers.put("waiting", core.admission().size());
        numbers.put("waitingBytes", core.admission().queuedBytes());
        if (core.engineRoom().tokensLeft() < EngineRoom.ENDLESS || core.engineRoom().requestsLeft() < EngineRoom.ENDLESS) {
            numbers.put("engineTakesRequests", core.engineRoom().requestsLeft());
            numbers.put("engineTakesTokens", core.engineRoom().tokensLeft());
        }
        numbers.put("extentsEvicted", ledger.counters().extentsEvicted());
        numbers.put("ready", counters.ready());
        numbers.put("readyBytes", counters.readyBytes());
        numbers.put("delivered", counters.outcomes(OutcomeKind.DELIVERED));
        numbers.put("aborted", counters.outcomes(OutcomeKind.ABORTED));
        numbers.put("rejected", counters.outcomes(OutcomeKind.REJECTED));
        numbers.put("nacks", counters.nacks());
        numbers.put("blocksNamed", counters.blocksNamed());
        numbers.put("blocksHeld", counters.blocksHeld());
        numbers.put("blocksWritten", counters.blocksWritten());
        numbers.put("writesUnderWay", core.receiving().writes().underWayCount());
        numbers.put("wanted", core.wants().count());
        numbers.put("wantsDoubled", counters.wantsDoubled());
        numbers.put("notHereUnasked", counters.notHereUnaskedCount());
        numbers.put("fetchesBegun", counters.fetchesBegun());
        numbers.put("fetchesLanded", counters.fetchesLanded());
        numbers.put("fetchesHeld", counters.fetchesHeld());
        numbers.put("fetchesNotHere", counters.fetchesNotHere());
        numbers.put("fetchesFailed", counters.fetchesFailed());
        numbers.put("tokensFetched", counters.tokensFetched());
        numbers.put("rechecks", counters.rechecks());
        numbers.put("rechecksLate", counters.rechecksLate());
        numbers.put("blocksKept", counters.blocksKept());
        numbers.put("enginesLost", counters.enginesLost());
        numbers.put("stale", counters.stale());
        numbers.put("protocolErrors", counters.protocolErrors());
        numbers.put("quarantines", counters.quarantines());
        numbers.put("releasesLate", counters.releasesLateCount());
        numbers.put("cancelledLate", counters.cancelledLateCount());
        numbers.put("endedUnheard", port.endedDropped());
        return numbers;
    }

    private static Map<String, Object> cache(ReceiverCounters counters, ReceiverContext context) {
        PoolCacheCounters cache = counters.cache();
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("eviction", context.limits().cache().eviction().label());
        numbers.put("units", cache.units());
        numbers.put("unitsEvicted", cache.evicted());
        numbers.put("evictedOverShare", cache.evictedOverShare());
        numbers.put("evictedAsOldest", cache.evictedAsOldest());
        numbers.put("deadRunsTaken", cache.deadRuns());
        return numbers;
    }

    private static Map<String, Object> fences(FenceCounters counters) {
        Map<String, Object> fences = new LinkedHashMap<>();
        fences.put("drained", counters.drained());
        fences.put("drainedThrough", counters.drainedThrough());
        fences.put("writerGone", counters.writerGone());
        fences.put("freedLate", counters.freedLate());
        fences.put("sessionsEnded", counters.sessionsEnded());
        return fences;
    }

    static Map<String, Object> landing(Landings landings) {
        long landed = 0;
        long verified = 0;
        long refusedFrames = 0;
        long refusedBytes = 0;
        long corrupt = 0;
        long reread = 0;
        long badFrames = 0;
        long wrongTags = 0;
        long replayedFrames = 0;
        for (LandingCounters agent : landings.counters()) {
            landed += agent.landedBytes();
            verified += agent.verifiedBytes();
            refusedFrames += agent.refusedFrames();
            refusedBytes += agent.refusedBytes();
            corrupt += agent.corruptCells();
            reread += agent.rereadBytes();
            badFrames += agent.badFrames();
            wrongTags += agent.wrongTags();
            replayedFrames += agent.replayedFrames();
        }
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("landedBytes", landed);
        numbers.put("verifiedBytes", verified);
        numbers.put("refusedFrames", refusedFrames);
        numbers.put("refusedBytes", refusedBytes);
        numbers.put("corruptCells", corrupt);
        numbers.put("rereadBytes", reread);
        numbers.put("badFrames", badFrames);
        numbers.put("wrongTags", wrongTags);
        numbers.put("replayedFrames", replayedFrames);
        return numbers;
    }
}
