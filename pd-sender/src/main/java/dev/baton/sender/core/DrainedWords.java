package dev.baton.sender.core;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ReceiverProxy;

/**
 * DRAINED of one session, as said, so that it can be said again: a receiver that did not hear it says ABORT again, of a
 * handoff that is over here. Bounded; what was forgotten is proved by the session's end. Control agent's thread.
 */
final class DrainedWords {
    private static final int KEPT_MAX = 1024;

    private static final class Word {
        final ReservationId reservation;
        final int part;
        final int failedCompletions;
        final int[] lastSeqs;   // one mark a lane, 0 for a lane that was not used

        Word(ReservationId reservation, int part, int failedCompletions, int[] lastSeqs) {
            this.reservation = reservation;
            this.part = part;
            this.failedCompletions = failedCompletions;
            this.lastSeqs = lastSeqs;
        }
    }

    private final Map<Long, Word> byReservation = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Word> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** Says it, and keeps it. */
    void say(ReceiverProxy proxy, Session session, ReservationId reservation, int part, int failedCompletions,
        int[] lastSeqs) {
        Word word = new Word(reservation, part, failedCompletions, lastSeqs);
        byReservation.put(reservation.counter(), word);
        say(proxy, session, word);
    }

    /** Says it once more, if it was said of that reservation. */
    void sayAgain(ReceiverProxy proxy, Session session, ReservationId reservation) {
        Word word = byReservation.get(reservation.counter());
        if (word != null && word.reservation.equals(reservation)) {
            say(proxy, session, word);
        }
    }

    private static void say(ReceiverProxy proxy, Session session, Word word) {
        proxy.drainedBegin(session, word.reservation, word.part, word.failedCompletions);
        for (int lane = 0; lane < word.lastSeqs.length; lane++) {
            if (word.lastSeqs[lane] != 0) {
                proxy.drainedLane(lane, word.lastSeqs[lane]);
            }
        }
        proxy.drainedEnd();
    }
}
