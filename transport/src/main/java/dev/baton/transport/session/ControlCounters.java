package dev.baton.transport.session;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/** What a control plane counted. Written by the control agent only, read by any thread. */
public final class ControlCounters {
    /** One counter each; the tag is what metrics say. */
    public enum Kind {
        MESSAGES_SENT,
        MESSAGES_RECEIVED,
        BYTES_SENT,
        BYTES_RECEIVED,
        SESSIONS_OPENED,
        SESSIONS_LOST,
        DIALS_FAILED,
        HELLOS_REFUSED,
        /** Hellos and answers of peers that did not prove the secret; those refused count as HELLOS_REFUSED too. */
        SECRETS_REFUSED,
        /** Incoming paths closed because no session came of them in time, or because there were too many such. */
        STRANGERS_CLOSED,
        /** The message waited in an outbox before the wire took it. */
        BACK_PRESSURED,
        REASSEMBLED,
        STALE_SENT,
        DROPPED_LENGTH,
        DROPPED_SCHEMA,
        DROPPED_TEMPLATE,
        DROPPED_VERSION,
        /** A group, data or enum value did not fit the message. */
        DROPPED_MALFORMED,
        /** A trailer that this end cannot check, or that is wrong. */
        DROPPED_SEAL,
        /** Well sealed, but heard before, or from before what a session remembers; a Hello that made a session once. */
        DROPPED_REPLAY,
        /** A Hello beyond what is looked at in a second. */
        DROPPED_RATE,
        DROPPED_INCARNATION,
        DROPPED_SESSION,
        /** A known session's message, from another source than its HELLO. */
        DROPPED_SOURCE,
        DROPPED_PIECE,
        /** A known template that nobody here handles. */
        DROPPED_UNHANDLED,
        /** A handshake message that fits no state. */
        DROPPED_HANDSHAKE;

        private final String tag = name().toLowerCase(Locale.ROOT).replace('_', '.');

        public String tag() {
            return tag;
        }

        @SuppressWarnings("EnumOrdinal")   // an index into this process's own counters, never stored or sent
        int index() {
            return ordinal();
        }
    }

    private final AtomicLongArray values = new AtomicLongArray(Kind.values().length);

    public void increment(Kind kind) {
        add(kind, 1);
    }

    public void add(Kind kind, long amount) {
        int index = kind.index();
        values.lazySet(index, values.get(index) + amount);   // one writer: no read-modify-write needed
    }

    public long count(Kind kind) {
        return values.get(kind.index());
    }

    /** Messages that were dropped before use, for whatever reason. */
    public long dropped() {
        long sum = 0;
        for (int i = Kind.DROPPED_LENGTH.index(); i <= Kind.DROPPED_HANDSHAKE.index(); i++) {
            sum += values.get(i);
        }
        return sum;
    }
}
