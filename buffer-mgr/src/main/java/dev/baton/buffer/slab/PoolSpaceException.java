package dev.baton.buffer.slab;

/**
 * The file system has no room for a pool; nothing was made. The message says what is needed, what is free and what to
 * do.
 */
public final class PoolSpaceException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PoolSpaceException(String message) {
        super(message);
    }
}
