package dev.baton.receiver;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.ReserveCounters;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.receiver.core.ReceiverCounters;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.landing.LandingCounters;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Publishes what a receiver counts. Reading costs the scraper, never an agent. Made by {@link DecodeReceiver#metrics}.
 */
public final class ReceiverMetrics implements MeterBinder {
    private final ReserveCounters reserved;
    private final ExtentLedger extents;
    private final ReceiverCounters counters;
    private final List<LandingCounters> landing;
    private final long extentBytes;
    private final TierCounters tierOrNull;

    /** @param tierOrNull null where nothing is below the pool */
    ReceiverMetrics(ReserveCounters reserved, ExtentLedger extents, ReceiverCounters counters,
        List<LandingCounters> landing, long extentBytes, TierCounters tierOrNull) {
        this.reserved = reserved;
        this.extents = extents;
        this.counters = counters;
        this.landing = List.copyOf(landing);
        this.extentBytes = extentBytes;
        this.tierOrNull = tierOrNull;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bindPool(registry);
        if (tierOrNull != null) {
            TierStats.bindTo(registry, tierOrNull);
        }
        bindCache(registry);
        FunctionCounter.builder("baton.receiver.grants", counters, ReceiverCounters::grants)
            .description("Requests granted their whole memory").register(registry);
        FunctionCounter.builder("baton.receiver.queued", counters, ReceiverCounters::queued)
            .description("Requests that waited for their grant").register(registry);
        FunctionCounter.builder("baton.receiver.blocks.named", counters, ReceiverCounters::blocksNamed)
            .description("Blocks that senders named in what was granted").register(registry);
        FunctionCounter.builder("baton.receiver.blocks.held", counters, ReceiverCounters::blocksHeld)
            .description("Of those, the ones that lay here and were not sent").register(registry);
        FunctionCounter.builder("baton.receiver.blocks.written", counters, ReceiverCounters::blocksWritten)
            .description("Blocks that the decode engine stored itself").register(registry);
        FunctionCounter.builder("baton.receiver.ready", counters, ReceiverCounters::readyBytes).baseUnit("bytes")
            .description("KV bytes of requests that became ready").register(registry);
        FunctionCounter.builder("baton.receiver.stale", counters, ReceiverCounters::stale)
            .description("Messages for what was not current").register(registry);
        FunctionCounter.builder("baton.receiver.releases.late", counters, ReceiverCounters::releasesLateCount)
            .description("Requests that their engine took and did not release in time").register(registry);
        FunctionCounter.builder("baton.receiver.quarantines", counters, ReceiverCounters::quarantines)
            .description("Reservations whose memory could not be proved free of writers in time").register(registry);
        FunctionCounter.builder("baton.receiver.blocks.kept", counters, ReceiverCounters::blocksKept)
            .description("Blocks of failed handoffs that were right once more and stay as cache").register(registry);
        FunctionCounter.builder("baton.receiver.engines.lost", counters, ReceiverCounters::enginesLost)
            .description("Decode engines whose process was watched, and died").register(registry);
        for (OutcomeKind kind : OutcomeKind.values()) {
            if (kind != OutcomeKind.NULL_VAL) {
                FunctionCounter.builder("baton.receiver.outcomes", counters, c -> c.outcomes(kind))
                    .tag("kind", kind.name().toLowerCase(Locale.ROOT)).description("How handoffs ended")
                    .register(registry);
            }
        }
        for (EndReason reason : EndReason.values()) {
            FunctionCounter.builder("baton.receiver.ends", counters, c -> c.ends(reason))
                .tag("reason", reason.tag()).description("Abnormal ends").register(registry);
        }
        for (RejectReason reason : RejectReason.values()) {
            FunctionCounter.builder("baton.receiver.rejections", reserved, c -> c.rejections(reason))
                .tag("reason", reason.tag()).description("Requests refused a buffer").register(registry);
        }
        for (int lane = 0; lane < landing.size(); lane++) {
            bindLane(registry, landing.get(lane), Integer.toString(lane));
        }
    }

    private void bindCache(MeterRegistry registry) {
        PoolCacheCounters cache = counters.cache();
        Gauge.builder("baton.receiver.cache.units", cache, PoolCacheCounters::units)
            .description("Neighbouring blocks that can be found in the pool and go together").register(registry);
        evicted(registry, "policy", PoolCacheCounters::evicted);
        evicted(registry, "share", PoolCacheCounters::evictedOverShare);
        evicted(registry, "oldest", PoolCacheCounters::evictedAsOldest);
        evicted(registry, "dead", PoolCacheCounters::deadRuns);
    }

    private void evicted(MeterRegistry registry, String reason, ToDoubleFunction<PoolCacheCounters> value) {
        FunctionCounter.builder("baton.receiver.cache.evicted", counters.cache(), value).tag("reason", reason)
            .description("What made room for grants, by why it went").register(registry);
    }

    private void bindPool(MeterRegistry registry) {
        SlabPlan plan = extents.plan();
        for (int tierIndex = 0; tierIndex < plan.tierCount(); tierIndex++) {
            int of = tierIndex;
            for (ExtentState state : ExtentState.values()) {
                Gauge.builder("baton.receiver.pool", extents, e -> bytes(e, of, state)).baseUnit("bytes")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .tag("tier", plan.tier(of).name().toLowerCase(Locale.ROOT))
                    .description("The pool by state of its extents").register(registry);
            }
        }
        FunctionCounter.builder("baton.receiver.grants.spilled", reserved, ReserveCounters::grantsSpilled)
            .description("Of the grants, those in the spill tier").register(registry);
        Gauge.builder("baton.receiver.pool.high.water", reserved, ReserveCounters::highWaterBytes).baseUnit("bytes")
            .description("Most bytes that were ever in use").register(registry);
        FunctionCounter.builder("baton.receiver.evicted", reserved, c -> c.extentsEvicted() * (double) extentBytes)
            .baseUnit("bytes")
            .description("Sealed bytes that gave way to a grant").register(registry);
    }

    private static void bindLane(MeterRegistry registry, LandingCounters lane, String index) {
        FunctionCounter.builder("baton.receiver.landed", lane, LandingCounters::landedBytes).baseUnit("bytes")
            .tag("lane", index)
            .description("KV bytes written into reserved buffers").register(registry);
        FunctionCounter.builder("baton.receiver.verified", lane, LandingCounters::verifiedBytes).baseUnit("bytes")
            .tag("lane", index)
            .description("Landed bytes whose CRC32C was right").register(registry);
        FunctionCounter.builder("baton.receiver.refused", lane, LandingCounters::refusedBytes).baseUnit("bytes")
            .tag("lane", index)
            .description("Bytes that came for what was not current, and went nowhere").register(registry);
        FunctionCounter.builder("baton.receiver.corrupt", lane, LandingCounters::corruptCells).tag("lane", index)
            .description("Cells whose CRC32C was wrong").register(registry);
        FunctionCounter.builder("baton.receiver.bad.frames", lane, LandingCounters::badFrames).tag("lane", index)
            .description("Frames refused before they were used").register(registry);
        FunctionCounter.builder("baton.receiver.wrong.tags", lane, LandingCounters::wrongTags).tag("lane", index)
            .description("Bad frames of encrypted lanes that were not as they were sealed").register(registry);
        FunctionCounter.builder("baton.receiver.replayed", lane, LandingCounters::replayedFrames).tag("lane", index)
            .description("Bad frames of encrypted lanes that came before").register(registry);
    }

    private double bytes(ExtentLedger of, int tierIndex, ExtentState state) {
        long sum = 0;
        for (int shard = 0; shard < of.plan().shardCount(); shard++) {
            sum += of.counts().count(of.plan().bank(tierIndex, shard), state);
        }
        return (double) sum * extentBytes;
    }
}
