package dev.baton.receiver;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.baton.receiver.core.EndJournal;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;

/**
 * One line of the log for each abnormal end, {@link #LINES_PER_SECOND_MAX} a second at most; the next line then
 * says how many were left out. The counters have them all. Control agent's thread, and only when something ends.
 */
final class LoggedEnds implements EndJournal {
    static final int LINES_PER_SECOND_MAX = 20;
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int DETAIL_LENGTH_MAX = 512;
    private static final System.Logger LOG = System.getLogger(LoggedEnds.class.getName());

    private final Consumer<String> lines;
    private boolean hasWindow;
    private long windowNs;
    private int inWindow;
    private long leftOut;

    LoggedEnds() {
        this(line -> LOG.log(System.Logger.Level.WARNING, line));
    }

    LoggedEnds(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void onAbnormalEnd(EndReason reason, HandoffId handoff, ReservationId reservation, String peer,
        String detail, long nowNs) {
        if (!hasWindow || nowNs - windowNs >= WINDOW_NS) {
            hasWindow = true;
            windowNs = nowNs;
            inWindow = 0;
        }
        if (inWindow == LINES_PER_SECOND_MAX) {
            leftOut++;
            return;
        }
        inWindow++;
        String facts = detail.length() > DETAIL_LENGTH_MAX ? detail.substring(0, DETAIL_LENGTH_MAX) : detail;
        lines.accept("handoff ended: reason=" + reason.tag() + " handoff=" + handoff + " reservation=" + reservation
            + " peer=" + peer + (facts.isEmpty() ? "" : " " + facts)
            + (leftOut == 0 ? "" : " (" + leftOut + " more were left out before)"));
        leftOut = 0;
    }
}
