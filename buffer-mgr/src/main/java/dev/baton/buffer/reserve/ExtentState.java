package dev.baton.buffer.reserve;

import java.util.Locale;

/**
 * What an extent is: one of these at any moment (PROTOCOL.md, S1). {@code SEALED} is never written again and has n
 * holders; with n = 0 it is evictable.
 * <pre>
 *   FREE -> OWNED              a grant, or a tier load
 *   OWNED -> FREE              released or fenced
 *   OWNED -> SEALED            whole verified blocks
 *   OWNED -> QUARANTINED       no evidence that the last writer stopped
 *   QUARANTINED -> OWNED       the evidence came; its owner decides what becomes of it
 *   SEALED -> FREE             evicted, n = 0 only
 * </pre>
 */
public enum ExtentState {
    FREE, OWNED, SEALED, QUARANTINED;

    private static final ExtentState[] VALUES = values();

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** Whether the table above has this step. */
    public boolean mayBecome(ExtentState next) {
        return switch (this) {
            case FREE, QUARANTINED -> next == OWNED;
            case OWNED -> next != OWNED;
            case SEALED -> next == FREE;
        };
    }

    public String tag() {
        return tag;
    }

    static int count() {
        return VALUES.length;
    }

    /** Place in arrays kept by this type in this process; never stored or sent. */
    @SuppressWarnings("EnumOrdinal")   // flat counters need a dense index, and nothing outlives the process
    int index() {
        return ordinal();
    }
}
