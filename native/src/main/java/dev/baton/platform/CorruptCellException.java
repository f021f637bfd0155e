package dev.baton.platform;

/** A cell landed whole but its bytes are not those that were sent. The reservation is revoked. */
public final class CorruptCellException extends TransferException {
    private static final long serialVersionUID = 1L;

    public CorruptCellException(long handoffId, int cellIndex, int crcSent, int crcLanded) {
        super("cell bytes differ: handoffId=" + handoffId + " cellIndex=" + cellIndex +
            " crcSent=0x" + Integer.toHexString(crcSent) + " crcLanded=0x" + Integer.toHexString(crcLanded));
    }

    @Override
    public String reason() {
        return "CORRUPT";
    }
}
