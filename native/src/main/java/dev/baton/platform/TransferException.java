package dev.baton.platform;

/**
 * One handoff is broken: it is aborted and its reservation revoked, and its neighbours go on. The family is closed, so
 * that whoever handles it handles all of it. What is expected (full, not connected, late) is a value and never this.
 */
public abstract sealed class TransferException extends RuntimeException
    permits BadMessageException, CorruptCellException, MissingCellException, PeerLostException, WriteFailedException {

    private static final long serialVersionUID = 1L;

    protected TransferException(String message) {
        super(message);
    }

    protected TransferException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The one reason code of this end, as counters, logs and the wire name it: {@code "CORRUPT"}. */
    public abstract String reason();
}
