package dev.baton.sender;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

import dev.baton.platform.LineLimit;
import dev.baton.sender.core.EndLog;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** One log line for each abnormal end and for each lost session, bounded as {@link LineLimit} says. Control agent's thread. */
final class SenderLog implements EndLog {
    private final Logger logger;
    private final LineLimit ends = new LineLimit();
    /** Of their own: the ends that a lost session brings would leave out its line. */
    private final LineLimit sessions = new LineLimit();

    SenderLog(Logger logger) {
        this.logger = logger;
    }

    @Override
    public void ended(HandoffId handoff, String peer, OutboundState state, String reason, String detail, long nowNs) {
        if (ends.hasRoom(nowNs)) {
            logger.log(Level.WARNING, "handoff ended: reason=" + reason + " handoff=" + handoff + " peer=" + peer + " state=" + state +
                (detail.isEmpty() ? "" : " detail=" + detail) + ends.leftOut());
        }
    }

    @Override
    public void sessionLost(String peer, EndReason reason, int ended, int awaited, long nowNs) {
        boolean isInOrder = reason == EndReason.SHUTDOWN && ended == 0 && awaited == 0;
        if (isInOrder || sessions.hasRoom(nowNs)) {
            logger.log(isInOrder ? Level.DEBUG : Level.WARNING, "session lost: reason=" + reason.tag() + " peer=" + peer +
                " handoffsEnded=" + ended + " outcomesAwaited=" + awaited + (awaited == 0 ? ""
                : "; the receiver says them when it is reached again, else they end at their deadlines") + (isInOrder ? "" : sessions.leftOut()));
        }
    }
}
