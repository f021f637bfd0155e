package dev.baton.platform;

/** Everything was said to be sent, and a cell of the manifest never landed, or not whole. */
public final class MissingCellException extends TransferException {
    private static final long serialVersionUID = 1L;

    public MissingCellException(long handoffId, int cellIndex, long bytesLanded, long bytesExpected) {
        super("cell is not whole: handoffId=" + handoffId + " cellIndex=" + cellIndex +
            " bytesLanded=" + bytesLanded + " bytesExpected=" + bytesExpected);
    }

    @Override
    public String reason() {
        return "MISSING";
    }
}
