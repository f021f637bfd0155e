package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.session.ControlCounters.Kind;
import org.junit.jupiter.api.Test;

class ControlCountersTest {
    private final ControlCounters counters = new ControlCounters();

    @Test
    void shouldCountEachKindForItself() {
        long amount = 0;
        for (Kind kind : Kind.values()) {
            counters.increment(kind);
            counters.add(kind, amount++);
        }
        long counted = 0;
        for (Kind kind : Kind.values()) {
            assertEquals(++counted, counters.count(kind));
        }
    }

    @Test
    void shouldSumAllThatWasDroppedAndNothingElse() {
        long dropped = 0;
        long amount = 1;
        for (Kind kind : Kind.values()) {
            counters.add(kind, amount);
            dropped += kind.name().startsWith("DROPPED_") ? amount : 0;
            amount *= 2;
        }
        assertEquals(dropped, counters.dropped());
    }

    @Test
    void shouldNameKindsAsMetricsDo() {
        assertEquals("dropped.seal", Kind.DROPPED_SEAL.tag());
        for (Kind kind : Kind.values()) {
            assertTrue(kind.tag().matches("[a-z.]+"), kind.tag());
        }
    }
}
