package dev.baton.platform;

/** The other end of a handoff went away: its process, its session or its path. */
public final class PeerLostException extends TransferException {
    private static final long serialVersionUID = 1L;

    /** {@code evidence} is what told us, e.g. {@code "lock free"} or {@code "connection reset"}. */
    public PeerLostException(long handoffId, String peer, String evidence) {
        super("peer is lost: handoffId=" + handoffId + " peer=" + peer + " evidence=" + evidence);
    }

    @Override
    public String reason() {
        return "PEER_LOST";
    }
}
