package dev.baton.sender;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import dev.baton.sender.core.SenderCounters;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.sender.data.DataCounters;
import dev.baton.sender.engine.KeptCounters;
import dev.baton.transport.session.EndReason;

/** Publishes {@link SenderCounters} and those of the data agents. Reading costs the scraper, never an agent. */
public final class SenderMetrics implements MeterBinder {
    private final PrefillSender sender;
    private final int dataAgents;

    public SenderMetrics(PrefillSender sender) {
        this.sender = sender;
        this.dataAgents = sender.data().agentCount();
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        SenderCounters counters = sender.counters();
        for (Kind kind : Kind.values()) {
            FunctionCounter.builder("baton.sender." + kind.tag(), counters, c -> c.count(kind)).register(registry);
        }
        for (EndReason reason : EndReason.values()) {
            FunctionCounter.builder("baton.sender.failures", counters, c -> c.failures(reason))
                .tag("reason", reason.tag()).description("Handoffs that failed").register(registry);
        }
        for (int agent = 0; agent < dataAgents; agent++) {
            DataCounters data = sender.data().counters(agent);
            String tag = Integer.toString(agent);
            FunctionCounter.builder("baton.sender.written", data, DataCounters::bytesWritten).tag("agent", tag)
                .baseUnit("bytes").description("Bytes that lanes accepted").register(registry);
            FunctionCounter.builder("baton.sender.repacked", data, DataCounters::bytesRepacked).tag("agent", tag)
                .baseUnit("bytes").description("Bytes brought into target order first").register(registry);
            FunctionCounter.builder("baton.sender.back.pressured", data, DataCounters::backPressured).tag("agent", tag)
                .description("Writes that a lane did not take at once").register(registry);
        }
        KeptCounters kept = sender.staging().kept();
        for (KeptCounters.Kind kind : KeptCounters.Kind.values()) {
            if (kind.isGauge()) {
                Gauge.builder("baton.sender." + kind.tag(), kept, c -> c.count(kind))
                    .description("Blocks kept in staging that can be found").register(registry);
            } else {
                FunctionCounter.builder("baton.sender." + kind.tag(), kept, c -> c.count(kind)).register(registry);
            }
        }
        Gauge.builder("baton.sender.window.free", sender.staging(), s -> s.windowFreeBytes()).baseUnit("bytes")
            .description("Streaming window that is free").register(registry);
    }
}
