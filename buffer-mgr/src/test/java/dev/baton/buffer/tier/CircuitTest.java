package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At any time of the clock, also where it wraps. */
class CircuitTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private final Circuit circuit = new Circuit();

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 7 * SECOND_NS, Long.MIN_VALUE, -1})
    void shouldTurnOffAtThreeStrikesWithinAMinute(long startNs) {
        circuit.onStrike(startNs);
        circuit.onStrike(startNs + 31 * SECOND_NS);
        circuit.onStrike(startNs + 61 * SECOND_NS);
        assertEquals(CircuitState.WORKING, circuit.state());
        circuit.onStrike(startNs + 90 * SECOND_NS);
        assertEquals(CircuitState.OFF, circuit.state());
        assertFalse(circuit.mayRead());
        assertEquals(1, circuit.openedCount());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 7 * SECOND_NS, Long.MIN_VALUE, -1})
    void shouldProbeEveryFiveSecondsAndComeBack(long startNs) {
        assertFalse(circuit.isProbeDue(startNs));
        circuit.onWriteFailed(startNs);
        assertTrue(circuit.mayRead());
        assertFalse(circuit.mayWrite());
        assertFalse(circuit.isProbeDue(startNs + 5 * SECOND_NS - 1));
        assertTrue(circuit.isProbeDue(startNs + 5 * SECOND_NS));
        circuit.probing(startNs + 5 * SECOND_NS);
        assertFalse(circuit.isProbeDue(startNs + 6 * SECOND_NS));
        circuit.onProbed(true, false, startNs + 6 * SECOND_NS);
        assertTrue(circuit.mayWrite());
        assertFalse(circuit.isProbeDue(startNs + 60 * SECOND_NS));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTurnOffAfterThreeFailedProbesUnlessItIsOnlyFull(boolean isFull) {
        circuit.onWriteFailed(0);
        for (int probe = 1; probe <= 3; probe++) {
            assertEquals(CircuitState.READ_ONLY, circuit.state());
            circuit.onProbed(false, isFull, 5L * probe * SECOND_NS);
        }
        assertEquals(isFull ? CircuitState.READ_ONLY : CircuitState.OFF, circuit.state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeOffWhileACallHangsAndAsItWasAfterwards(boolean wasReadOnly) {
        if (wasReadOnly) {
            circuit.onWriteFailed(0);
        }
        circuit.hung(true);
        circuit.hung(true);
        assertEquals(CircuitState.OFF, circuit.state());
        assertFalse(circuit.isProbeDue(3600 * SECOND_NS), "a probe would only hang, too");
        circuit.hung(false);
        assertEquals(wasReadOnly ? CircuitState.READ_ONLY : CircuitState.WORKING, circuit.state());
    }
}
