package dev.baton.platform;

/**
 * A message or frame that must not be used: wrong length, schema, version, bounds or state. Nothing of it took effect.
 */
public final class BadMessageException extends TransferException {
    private static final long serialVersionUID = 1L;

    /** {@code facts} say what was wrong, as {@code name=value} pairs: {@code "lengthBytes=-1 lengthMax=65536"}. */
    public BadMessageException(String message, String facts) {
        super("bad message: message=" + message + " " + facts);
    }

    @Override
    public String reason() {
        return "BAD_MESSAGE";
    }
}
