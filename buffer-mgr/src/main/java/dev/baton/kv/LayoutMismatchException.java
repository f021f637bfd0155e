package dev.baton.kv;

/** Two layouts cannot be turned into each other. The message names the first field that differs, and both values. */
public final class LayoutMismatchException extends IllegalArgumentException {
    public LayoutMismatchException(String message) {
        super(message);
    }
}
