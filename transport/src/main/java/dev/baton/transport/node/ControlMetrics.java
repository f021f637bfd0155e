package dev.baton.transport.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import dev.baton.transport.session.ControlCounters;

/**
 * Publishes what a control plane counts: {@code baton.control.dropped} by reason, everything else under its own name.
 * Reading costs the scraper, never an agent. Made by {@link NodeRuntime#metrics}.
 */
public final class ControlMetrics implements MeterBinder {
    private static final String DROPPED = "dropped.";

    private final ControlCounters counters;

    ControlMetrics(ControlCounters counters) {
        this.counters = counters;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (ControlCounters.Kind kind : ControlCounters.Kind.values()) {
            if (kind.tag().startsWith(DROPPED)) {
                FunctionCounter.builder("baton.control.dropped", counters, c -> c.count(kind))
                    .tag("reason", kind.tag().substring(DROPPED.length()))
                    .description("Control messages dropped before they were used").register(registry);
            } else {
                FunctionCounter.builder("baton.control." + kind.tag(), counters, c -> c.count(kind))
                    .description("What the control plane counted").register(registry);
            }
        }
    }
}
