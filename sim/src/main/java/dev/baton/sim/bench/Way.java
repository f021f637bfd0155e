package dev.baton.sim.bench;

/**
 * A way of getting the same bytes from one process's memory into the other's: Baton's, and the limits it is held
 * against.
 */
public enum Way {
    /** One copy by the JDK in pieces of at most 1 MiB, which go through the caches. No CRC; the receiver sleeps. */
    COPY_ORDINARY("plain copy, ordinary stores", false),
    /** One copy past the caches, a whole message a call. No CRC; the receiver sleeps. */
    COPY_PAST_CACHES("plain copy, non-temporal", false),
    /**
     * Copy fused with CRC in one process, CRC in the other, handed over by a counter: no frames, no marks, no lookups.
     */
    BARE("bare copy+CRC | CRC", true),
    /** A blocking socket, read straight into the target. No CRC. */
    SOCKET("plain TCP", true),
    /** The same with the CRC of each block taken before it is sent and after it is read. */
    SOCKET_CRC("plain TCP, CRC both ends", true),
    /**
     * A lane of Baton: placed frames or one-sided copies, marks, CRC at both ends, each cell compared with its manifest
     * line.
     */
    LINK("baton", true);

    private final String label;
    private final boolean hasReceiver;

    Way(String label, boolean hasReceiver) {
        this.label = label;
        this.hasReceiver = hasReceiver;
    }

    public String label() {
        return label;
    }

    /** Whether the receiving process takes part; if not, the sender alone is measured. */
    public boolean hasReceiver() {
        return hasReceiver;
    }

    boolean isSocket() {
        return this == SOCKET || this == SOCKET_CRC;
    }

    boolean isChecked() {
        return this == BARE || this == SOCKET_CRC || this == LINK;
    }
}
