package dev.baton.buffer.tier.remote;

/** A remote store did not do what it was asked, or not in time. To a cache that is a miss, never an error. */
public final class RemoteException extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean isFull;

    /** @param isFull whether all that is wrong is that the store has no room */
    public RemoteException(String message, boolean isFull, Throwable cause) {
        super(message, cause);
        this.isFull = isFull;
    }

    boolean isFull() {
        return isFull;
    }
}
