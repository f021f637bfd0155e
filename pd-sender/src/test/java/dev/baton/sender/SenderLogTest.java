package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;

import org.junit.jupiter.api.Test;

import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;

class SenderLogTest {
    private static final long NOW_NS = -7_000_000_000L;   // clocks may be negative

    private final List<String> lines = new ArrayList<>();
    private final SenderLog log = new SenderLog(new System.Logger() {
        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            lines.add(message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            lines.add(format);
        }
    });

    @Test
    void shouldSayReasonHandoffPeerAndState() {
        log.ended(SenderRig.id(7), "decode-1", OutboundState.STREAMING, "lease_expired", "no longer held", NOW_NS);
        assertEquals(List.of("handoff ended: reason=lease_expired handoff=" + SenderRig.id(7)
            + " peer=decode-1 state=STREAMING detail=no longer held"), lines);
    }

    @Test
    void shouldSayHowManyOutcomesALostSessionLeavesOpen() {
        log.awaitingOutcomes("decode-1", EndReason.PEER_LOST, 2, NOW_NS);
        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().startsWith("session lost: reason=PEER_LOST peer=decode-1 outcomesAwaited=2;"), lines.getFirst());
    }

    @Test
    void shouldBoundItsLinesAndCountWhatItLeavesOut() {
        for (int i = 0; i < 1_000; i++) {
            log.ended(SenderRig.id(i), "p", OutboundState.STREAMING, "session_lost", "", NOW_NS + i);
        }
        assertEquals(SenderLog.LINES_MAX, lines.size());
        log.ended(SenderRig.id(1_000), "p", OutboundState.STREAMING, "session_lost", "", NOW_NS + 1_000_000_000L);
        assertEquals(SenderLog.LINES_MAX + 1, lines.size());
        assertTrue(lines.getLast().endsWith("linesLeftOut=" + (1_000 - SenderLog.LINES_MAX)), lines.getLast());
    }
}
