package dev.baton.buffer.codec;

/** Encoded bytes that this process cannot, or must not, decode: for a tier a miss. Nothing of them may be used. */
public final class CodecException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** {@code facts} say what was wrong, as {@code name=value} pairs. */
    CodecException(String message, String facts) {
        super(message + ": " + facts);
    }

    CodecException(String message, String facts, Throwable cause) {
        super(message + ": " + facts, cause);
    }

    static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new CodecException("encoded block is damaged", name + "=" + value);
        }
    }
}
