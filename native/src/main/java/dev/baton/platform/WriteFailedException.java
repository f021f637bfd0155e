package dev.baton.platform;

/** Bytes of a handoff could not be written to their place, and writing again would not help. */
public final class WriteFailedException extends TransferException {
    private static final long serialVersionUID = 1L;

    /** {@code facts} say where and how much, as {@code name=value} pairs: {@code "lane=3 offset=4194304"}. */
    public WriteFailedException(long handoffId, String facts, Throwable cause) {
        super("write failed: handoffId=" + handoffId + " " + facts, cause);
    }

    @Override
    public String reason() {
        return "WRITE_FAILED";
    }
}
