package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutboundStateTest {
    @ParameterizedTest
    @EnumSource(OutboundState.class)
    void shouldLeadToAnEndFromEveryStateAndLeaveNoEnd(OutboundState from) {
        Set<OutboundState> reached = EnumSet.noneOf(OutboundState.class);
        ArrayDeque<OutboundState> toVisit = new ArrayDeque<>();
        toVisit.add(from);
        while (!toVisit.isEmpty()) {
            OutboundState state = toVisit.remove();
            for (OutboundState next : OutboundState.values()) {
                if (state.mayBecome(next) && reached.add(next)) {
                    toVisit.add(next);
                }
            }
        }
        assertEquals(from.isEnd(), reached.isEmpty());
        assertTrue(from.isEnd() || reached.contains(OutboundState.DONE) || reached.contains(OutboundState.FAILED));
    }

    @Test
    void shouldSendNothingAfterFinButByANack() {
        assertTrue(OutboundState.FIN_SENT.mayBecome(OutboundState.STREAMING));
        assertFalse(OutboundState.LANDED.mayBecome(OutboundState.STREAMING));
        assertFalse(OutboundState.CANCELLING.mayBecome(OutboundState.STREAMING));
        assertFalse(OutboundState.RESERVING.mayBecome(OutboundState.STREAMING));
    }
}
