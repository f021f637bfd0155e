package dev.baton.receiver;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.receiver.core.TierCounters;

/** What {@code stats} and meters show of the tier below a receiver's pool. Any thread. */
final class TierStats {
    private TierStats() {}

    /** Whether what waits for its way down may hope. */
    static boolean isWorking(TierCounters counters) {
        boolean isAny = false;
        for (int tier = 0; tier < counters.tierCount(); tier++) {
            BlockStoreStats store = counters.storeOrNull(tier);
            isAny |= store == null || store.circuit() == CircuitState.WORKING;
        }
        return isAny;
    }

    static Map<String, Object> of(TierCounters counters) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("promotions", counters.promotions());
        numbers.put("promotionsLate", counters.promotionsLate());
        numbers.put("promotionsNoRoom", counters.promotionsNoRoom());
        numbers.put("blocksLoaded", counters.blocksLoaded());
        numbers.put("blocksLost", counters.blocksLost());
        numbers.put("prefetched", counters.prefetched());
        numbers.put("prefetchedUsed", counters.prefetchedUsed());
        numbers.put("prefetchedWasted", counters.prefetchedWasted());
        numbers.put("blocksStored", counters.blocksStored());
        numbers.put("blocksPresent", counters.blocksPresent());
        numbers.put("blocksDropped", counters.blocksDropped());
        numbers.put("blocksWaiting", counters.blocksWaiting());
        numbers.put("extentsLate", counters.extentsLate());
        put(numbers, counters.storeOrNull());
        List<Map<String, Object>> farther = new ArrayList<>();
        for (int tier = 1; tier < counters.tierCount(); tier++) {
            Map<String, Object> of = new LinkedHashMap<>();
            put(of, counters.storeOrNull(tier));
            farther.add(of);
        }
        if (!farther.isEmpty()) {
            numbers.put("farther", farther);
        }
        return numbers;
    }

    private static void put(Map<String, Object> numbers, BlockStoreStats store) {
        if (store != null) {
            numbers.put("circuit", store.circuit().name().toLowerCase(Locale.ROOT));
            numbers.put("circuitOpened", store.circuitOpened());
            numbers.put("scannedPermille", store.scannedPermille());
            if (store.blocks() >= 0) {   // a store that others use, too, does not know
                numbers.put("records", store.blocks());
                numbers.put("recordBytes", store.blockBytes());
                numbers.put("spaceBytes", store.spaceBytes());
                numbers.put("spaceBytesMax", store.spaceBytesMax());
            }
            numbers.put("recordHits", store.hits());
            numbers.put("recordMisses", store.misses());
            numbers.put("recordsLate", store.late());
            numbers.put("recordsCorrupt", store.corrupt());
            numbers.put("recordsFailed", store.failed());
            numbers.put("recordsQuarantined", store.quarantined());
            numbers.put("recordsEvicted", store.blocksEvicted());
            numbers.put("recordsExpired", store.blocksExpired());
            numbers.put("ttlMs", store.ttlMs());
            numbers.put("storesFailed", store.storesFailed());
            numbers.put("loadsUnderWay", store.loadsUnderWay());
            numbers.put("storesUnderWay", store.storesUnderWay());
            numbers.put("storedBytes", store.storedBytes());
            numbers.put("loadedBytes", store.loadedBytes());
        }
    }

    static void bindTo(MeterRegistry registry, TierCounters tier) {
        FunctionCounter.builder("baton.receiver.tier.promotions", tier, TierCounters::promotions)
            .description("Requests that waited for blocks of the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.promotions.late", tier, TierCounters::promotionsLate)
            .description("Those for which not all came in time").register(registry);
        FunctionCounter.builder("baton.receiver.tier.promotions.no.room", tier, TierCounters::promotionsNoRoom)
            .description("Requests and prefetches for which a block that lies below had no room").register(registry);
        FunctionCounter.builder("baton.receiver.tier.loaded", tier, TierCounters::blocksLoaded).baseUnit("blocks")
            .description("Whole blocks that came up from the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.prefetched", tier, TierCounters::prefetched).baseUnit("blocks")
            .description("Those that came up before anybody reserved").register(registry);
        FunctionCounter.builder("baton.receiver.tier.prefetched.used", tier, TierCounters::prefetchedUsed).baseUnit("blocks")
            .description("Those of them that a grant held").register(registry);
        FunctionCounter.builder("baton.receiver.tier.prefetched.wasted", tier, TierCounters::prefetchedWasted).baseUnit("blocks")
            .description("Those of them that were gone before a grant held them").register(registry);
        FunctionCounter.builder("baton.receiver.tier.stored", tier, TierCounters::blocksStored).baseUnit("blocks")
            .description("Whole blocks that went down to the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.dropped", tier, TierCounters::blocksDropped).baseUnit("blocks")
            .description("Whole blocks that were not stored").register(registry);
        Gauge.builder("baton.receiver.tier.waiting", tier, TierCounters::blocksWaiting).baseUnit("blocks")
            .description("Whole blocks on their way down").register(registry);
        gauge(registry, tier, "baton.receiver.tier.space", "bytes", "What the tier takes of its devices", BlockStoreStats::spaceBytes);
        gauge(registry, tier, "baton.receiver.tier.scanned", "permille", "Of what an earlier process left, indexed",
            BlockStoreStats::scannedPermille);
        for (int at = 0; at < tier.tierCount(); at++) {
            bindStore(registry, tier, at);
        }
    }

    /** Of one tier below the pool; 0 is the nearest. */
    private static void bindStore(MeterRegistry registry, TierCounters tier, int at) {
        String tag = String.valueOf(at);
        for (CircuitState state : CircuitState.values()) {
            Gauge.builder("baton.receiver.tier.circuit", tier, t -> t.storeOrNull(at) != null && t.storeOrNull(at).circuit() == state ? 1 : 0)
                .tag("tier", tag).tag("state", state.name().toLowerCase(Locale.ROOT)).description("1 for the state of the worst device")
                .register(registry);
        }
        counter(registry, tier, at, "hits", "Records that were loaded", BlockStoreStats::hits);
        counter(registry, tier, at, "misses", "Records that were not there", BlockStoreStats::misses);
        counter(registry, tier, at, "corrupt", "Records that were not what was stored", BlockStoreStats::corrupt);
        counter(registry, tier, at, "quarantined", "Records that were kept for a person to look at", BlockStoreStats::quarantined);
        counter(registry, tier, at, "evicted", "Records that made room", BlockStoreStats::blocksEvicted);
        counter(registry, tier, at, "expired", "Records that were too old", BlockStoreStats::blocksExpired);
        counter(registry, tier, at, "stored.bytes", "Bytes that went down", BlockStoreStats::storedBytes);
        counter(registry, tier, at, "loaded.bytes", "Bytes that came up", BlockStoreStats::loadedBytes);
        Gauge.builder("baton.receiver.tier.ttl", tier, of(at, store -> store.ttlMs() / 1e3)).tag("tier", tag).baseUnit("seconds")
            .description("How long a record is kept; 0 for as long as there is room").register(registry);
        Gauge.builder("baton.receiver.tier.records", tier, of(at, BlockStoreStats::blocks)).tag("tier", tag)
            .description("Records that can be found").register(registry);
        Gauge.builder("baton.receiver.tier.under.way", tier, of(at, BlockStoreStats::loadsUnderWay)).tag("tier", tag).tag("what", "loads")
            .description("Operations begun and not yet over").register(registry);
        Gauge.builder("baton.receiver.tier.under.way", tier, of(at, BlockStoreStats::storesUnderWay)).tag("tier", tag).tag("what", "stores")
            .description("Operations begun and not yet over").register(registry);
    }

    private static void counter(MeterRegistry registry, TierCounters tier, int at, String name, String description,
        ToDoubleFunction<BlockStoreStats> value) {
        FunctionCounter.builder("baton.receiver.tier.record." + name, tier, of(at, value)).tag("tier", String.valueOf(at)).description(description)
            .register(registry);
    }

    private static void gauge(MeterRegistry registry, TierCounters tier, String name, String unit, String description,
        ToDoubleFunction<BlockStoreStats> value) {
        Gauge.builder(name, tier, of(0, value)).baseUnit(unit).description(description).register(registry);
    }

    private static ToDoubleFunction<TierCounters> of(int at, ToDoubleFunction<BlockStoreStats> value) {
        return tier -> {
            BlockStoreStats store = tier.storeOrNull(at);
            return store == null ? 0 : Math.max(0, value.applyAsDouble(store));
        };
    }
}
