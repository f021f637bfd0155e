package dev.baton.receiver;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

import org.agrona.concurrent.NanoClock;

import dev.baton.platform.LineLimit;
import dev.baton.receiver.core.GangMember;
import dev.baton.receiver.core.ReceiverCounters;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;

/**
 * Tells a receiver's own listeners of sessions, and then the log of each that is lost: one line with its peer, why, and what ended with
 * it, bounded as {@link LineLimit} says. Control agent's thread.
 */
final class LoggedSessions implements SessionListener {
    private static final System.Logger LOG = System.getLogger(LoggedSessions.class.getName());

    private final List<SessionListener> listeners;
    private final String fact;
    private final LongSupplier before;
    private final LongSupplier after;
    private final NanoClock clock;
    private final BiConsumer<Level, String> lines;
    private final LineLimit limit = new LineLimit();

    /** The line says as {@code fact} what {@code after} gives once the listeners know of it, less what {@code before} gave. */
    private LoggedSessions(List<SessionListener> listeners, String fact, LongSupplier before, LongSupplier after, NanoClock clock,
        BiConsumer<Level, String> lines) {
        this.listeners = List.copyOf(listeners);
        this.fact = fact;
        this.before = before;
        this.after = after;
        this.clock = clock;
        this.lines = lines;
    }

    /** Of a receiver that allocates, by itself or for a gang: how many handoffs the loss ended. What waits in the queue is not ended. */
    static LoggedSessions of(List<SessionListener> listeners, ReceiverCounters counters, NanoClock clock,
        BiConsumer<Level, String> lines) {
        LongSupplier ended = () -> counters.ends(EndReason.SESSION_LOST) + counters.ends(EndReason.MEMBER_LOST);
        return new LoggedSessions(listeners, "handoffsEnded", ended, ended, clock, lines);
    }

    /** Of a gang's member, whose leader says what ends: how many reservations have memory here. */
    static LoggedSessions of(GangMember member, NanoClock clock, BiConsumer<Level, String> lines) {
        return new LoggedSessions(List.of(member), "sharesHere", () -> 0, member::shareCount, clock, lines);
    }

    /** This process's log. */
    static void log(Level level, String line) {
        LOG.log(level, line);
    }

    @Override
    public void onSessionOpened(Session session) {
        listeners.forEach(listener -> listener.onSessionOpened(session));
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        long countBefore = before.getAsLong();
        listeners.forEach(listener -> listener.onSessionClosed(session, reason));
        long count = after.getAsLong() - countBefore;
        boolean isInOrder = reason == EndReason.SHUTDOWN && count == 0;
        if (session.isMissed() && (isInOrder || limit.hasRoom(clock.nanoTime()))) {
            lines.accept(isInOrder ? Level.DEBUG : Level.WARNING, "session lost: reason=" + reason.tag()
                + " peer=" + session.peer().nodeId() + " " + fact + "=" + count + (isInOrder ? "" : limit.leftOut()));
        }
    }

    @Override
    public void onDialFailed(Peering peering, EndReason reason, String detail) {
        listeners.forEach(listener -> listener.onDialFailed(peering, reason, detail));
    }
}
