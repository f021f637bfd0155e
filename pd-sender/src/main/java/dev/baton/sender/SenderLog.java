package dev.baton.sender;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

import dev.baton.sender.core.EndLog;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * One log line for each abnormal end, and for each session that leaves outcomes open, at most {@link #LINES_MAX} a second: what is left out is counted, and said with
 * the next line. Control agent's thread.
 */
final class SenderLog implements EndLog {
    static final int LINES_MAX = 20;
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    private final Logger logger;
    private long periodEndNs;
    private int lines;
    private boolean hasBegun;
    private long leftOut;

    SenderLog(Logger logger) {
        this.logger = logger;
    }

    @Override
    public void ended(HandoffId handoff, String peer, OutboundState state, String reason, String detail, long nowNs) {
        say("handoff ended: reason=" + reason + " handoff=" + handoff + " peer=" + peer + " state=" + state +
            (detail.isEmpty() ? "" : " detail=" + detail), nowNs);
    }

    @Override
    public void awaitingOutcomes(String peer, EndReason reason, int awaited, long nowNs) {
        say("session lost: reason=" + reason + " peer=" + peer + " outcomesAwaited=" + awaited +
            "; the receiver says them when it is reached again, else they end at their deadlines", nowNs);
    }

    private void say(String line, long nowNs) {
        if (!hasBegun || periodEndNs - nowNs <= 0) {
            hasBegun = true;
            periodEndNs = nowNs + PERIOD_NS;
            lines = 0;
        }
        if (lines >= LINES_MAX) {
            leftOut++;
            return;
        }
        lines++;
        logger.log(Level.WARNING, line + (leftOut == 0 ? "" : " linesLeftOut=" + leftOut));
        leftOut = 0;
    }
}
