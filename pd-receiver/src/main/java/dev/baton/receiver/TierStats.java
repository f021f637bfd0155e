package dev.baton.receiver;

import java.util.LinkedHashMap;
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
        BlockStoreStats store = counters.storeOrNull();
        return store == null || store.circuit() == CircuitState.WORKING;
    }

    static Map<String, Object> of(TierCounters counters) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("promotions", counters.promotions());
        numbers.put("promotionsLate", counters.promotionsLate());
        numbers.put("blocksLoaded", counters.blocksLoaded());
        numbers.put("blocksLost", counters.blocksLost());
        numbers.put("blocksStored", counters.blocksStored());
        numbers.put("blocksPresent", counters.blocksPresent());
        numbers.put("blocksDropped", counters.blocksDropped());
        numbers.put("blocksWaiting", counters.blocksWaiting());
        numbers.put("extentsLate", counters.extentsLate());
        BlockStoreStats store = counters.storeOrNull();
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
            numbers.put("storesFailed", store.storesFailed());
            numbers.put("loadsUnderWay", store.loadsUnderWay());
            numbers.put("storesUnderWay", store.storesUnderWay());
            numbers.put("storedBytes", store.storedBytes());
            numbers.put("loadedBytes", store.loadedBytes());
        }
        return numbers;
    }

    static void bindTo(MeterRegistry registry, TierCounters tier) {
        FunctionCounter.builder("baton.receiver.tier.promotions", tier, TierCounters::promotions)
            .description("Requests that waited for blocks of the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.promotions.late", tier, TierCounters::promotionsLate)
            .description("Those for which not all came in time").register(registry);
        FunctionCounter.builder("baton.receiver.tier.loaded", tier, TierCounters::blocksLoaded).baseUnit("blocks")
            .description("Whole blocks that came up from the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.stored", tier, TierCounters::blocksStored).baseUnit("blocks")
            .description("Whole blocks that went down to the tier").register(registry);
        FunctionCounter.builder("baton.receiver.tier.dropped", tier, TierCounters::blocksDropped).baseUnit("blocks")
            .description("Whole blocks that were not stored").register(registry);
        Gauge.builder("baton.receiver.tier.waiting", tier, TierCounters::blocksWaiting).baseUnit("blocks")
            .description("Whole blocks on their way down").register(registry);
        gauge(registry, tier, "baton.receiver.tier.space", "bytes", "What the tier takes of its devices", BlockStoreStats::spaceBytes);
        gauge(registry, tier, "baton.receiver.tier.scanned", "permille", "Of what an earlier process left, indexed",
            BlockStoreStats::scannedPermille);
        for (CircuitState state : CircuitState.values()) {
            Gauge.builder("baton.receiver.tier.circuit", tier, t -> t.storeOrNull() != null && t.storeOrNull().circuit() == state ? 1 : 0)
                .tag("state", state.name().toLowerCase(Locale.ROOT)).description("1 for the state of the worst device").register(registry);
        }
    }

    private static void gauge(MeterRegistry registry, TierCounters tier, String name, String unit, String description,
        ToDoubleFunction<BlockStoreStats> value) {
        Gauge.builder(name, tier, t -> t.storeOrNull() == null ? 0 : Math.max(0, value.applyAsDouble(t.storeOrNull()))).baseUnit(unit)
            .description(description).register(registry);
    }
}
