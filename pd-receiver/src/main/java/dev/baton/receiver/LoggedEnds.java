package dev.baton.receiver;

import java.util.function.Consumer;

import dev.baton.platform.LineLimit;
import dev.baton.receiver.core.EndJournal;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/**
 * One line of the log for each abnormal end, bounded as {@link LineLimit} says. The counters have them all. Control agent's thread, and
 * only when something ends.
 */
final class LoggedEnds implements EndJournal {
    private static final int DETAIL_LENGTH_MAX = 512;
    private static final System.Logger LOG = System.getLogger(LoggedEnds.class.getName());

    private final Consumer<String> lines;
    private final LineLimit limit = new LineLimit();

    LoggedEnds() {
        this(line -> LOG.log(System.Logger.Level.WARNING, line));
    }

    LoggedEnds(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void onAbnormalEnd(EndReason reason, HandoffId handoff, ReservationId reservation, String peer,
        String detail, long nowNs) {
        if (limit.hasRoom(nowNs)) {
            String facts = detail.length() > DETAIL_LENGTH_MAX ? detail.substring(0, DETAIL_LENGTH_MAX) : detail;
            lines.accept("handoff ended: reason=" + reason.tag() + " handoff=" + handoff + " reservation=" + reservation
                + " peer=" + peer + (facts.isEmpty() ? "" : " " + facts) + limit.leftOut());
        }
    }
}
