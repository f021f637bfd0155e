package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.baton.transport.session.ControlCounters;

class ControlMetricsTest {
    @Test
    void shouldPublishEveryCounterAndDropsByReason() {
        ControlCounters counters = new ControlCounters();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new ControlMetrics(counters).bindTo(registry);
        assertEquals(ControlCounters.Kind.values().length, registry.getMeters().size());

        counters.add(ControlCounters.Kind.MESSAGES_SENT, 3);
        counters.increment(ControlCounters.Kind.DROPPED_REPLAY);
        assertEquals(3, registry.get("baton.control.messages.sent").functionCounter().count());
        assertEquals(1, registry.get("baton.control.dropped").tag("reason", "replay").functionCounter().count());
        assertEquals(0, registry.get("baton.control.dropped").tag("reason", "length").functionCounter().count());
    }
}
