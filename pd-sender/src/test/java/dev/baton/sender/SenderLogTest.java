package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;

import org.junit.jupiter.api.Test;

import dev.baton.platform.LineLimit;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;

class SenderLogTest {
    private static final long NOW_NS = -7_000_000_000L;   // clocks may be negative

    private final List<String> lines = new ArrayList<>();
    private final List<System.Logger.Level> levels = new ArrayList<>();
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
            levels.add(level);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            lines.add(format);
            levels.add(level);
        }
    });

    @Test
    void shouldSayReasonHandoffPeerAndState() {
        log.ended(SenderRig.id(7), "decode-1", OutboundState.STREAMING, "lease_expired", "no longer held", NOW_NS);
        assertEquals(List.of("handoff ended: reason=lease_expired handoff=" + SenderRig.id(7)
            + " peer=decode-1 state=STREAMING detail=no longer held"), lines);
    }

    @Test
    void shouldSayWhatEndedWithALostSessionAndHowManyOutcomesItLeavesOpen() {
        log.sessionLost("decode-1", EndReason.PEER_LOST, 3, 2, NOW_NS);
        log.sessionLost("decode-2", EndReason.SILENT, 0, 0, NOW_NS);
        assertEquals(List.of("session lost: reason=peer_lost peer=decode-1 handoffsEnded=3 outcomesAwaited=2; the receiver says them when it "
            + "is reached again, else they end at their deadlines",
            "session lost: reason=silent peer=decode-2 handoffsEnded=0 outcomesAwaited=0"), lines);
    }

    @Test
    void shouldWarnUnlessThePeerWentInOrderAndNothingEndedWithIt() {
        log.sessionLost("p", EndReason.SHUTDOWN, 0, 0, NOW_NS);
        log.sessionLost("p", EndReason.SHUTDOWN, 1, 0, NOW_NS);
        log.sessionLost("p", EndReason.SHUTDOWN, 0, 1, NOW_NS);
        log.sessionLost("p", EndReason.SILENT, 0, 0, NOW_NS);
        assertEquals(List.of(System.Logger.Level.DEBUG, System.Logger.Level.WARNING, System.Logger.Level.WARNING,
            System.Logger.Level.WARNING), levels);
    }

    /** Each end that a lost session brings is a line, too. */
    @Test
    void shouldSayALostSessionAfterAllTheEndsThatItBrought() {
        for (int i = 0; i < 1_000; i++) {
            log.ended(SenderRig.id(i), "p", OutboundState.STREAMING, "session_lost", "", NOW_NS);
        }
        log.sessionLost("p", EndReason.SILENT, 1_000, 0, NOW_NS);
        assertTrue(lines.getLast().startsWith("session lost: "), lines.getLast());
        for (int i = 0; i < 1_000; i++) {
            log.sessionLost("p", EndReason.SILENT, 0, 0, NOW_NS);
        }
        assertEquals(2 * LineLimit.LINES_PER_SECOND_MAX, lines.size());
    }

    @Test
    void shouldBoundItsLinesAndCountWhatItLeavesOut() {
        for (int i = 0; i < 1_000; i++) {
            log.ended(SenderRig.id(i), "p", OutboundState.STREAMING, "session_lost", "", NOW_NS + i);
        }
        assertEquals(LineLimit.LINES_PER_SECOND_MAX, lines.size());
        log.ended(SenderRig.id(1_000), "p", OutboundState.STREAMING, "session_lost", "", NOW_NS + 1_000_000_000L);
        assertEquals(LineLimit.LINES_PER_SECOND_MAX + 1, lines.size());
        assertTrue(lines.getLast().endsWith("linesLeftOut=" + (1_000 - LineLimit.LINES_PER_SECOND_MAX)), lines.getLast());
    }
}
