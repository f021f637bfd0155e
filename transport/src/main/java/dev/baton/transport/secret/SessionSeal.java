package dev.baton.transport.secret;

import org.agrona.DirectBuffer;

/** Seals what one end of a session says, and checks what it hears: each message once. Owned by the sealer's thread. */
public final class SessionSeal {
    private final Sealer sealer;
    private final HmacKey ours;
    private final HmacKey theirs;
    private final ReplayWindow heard = new ReplayWindow();
    private long saidCount;

    /** What a message's seal says about it. */
    public enum Verdict { FINE, WRONG, AGAIN }

    /** For one end, {@link SharedSecret#DIALLER} or {@link SharedSecret#ACCEPTOR}. */
    public SessionSeal(Sealer sealer, SessionKeys keys, byte end) {
        this.sealer = sealer;
        ours = keys.control(end);
        theirs = keys.control(end == SharedSecret.DIALLER ? SharedSecret.ACCEPTOR : SharedSecret.DIALLER);
    }

    /** The message under the next number; good until the sealer's next use. */
    public DirectBuffer seal(DirectBuffer message, int offset, int length) {
        sealer.seal(ours, ++saidCount, message, offset, length);
        return sealer.sealed();
    }

    /** Judges a message; a fine one is AGAIN the next time. */
    public Verdict judge(DirectBuffer message, int offset, int length) {
        if (!sealer.isSealed(theirs, message, offset, length)) {
            return Verdict.WRONG;
        }
        return heard.take(Sealer.sequence(message, offset, length)) ? Verdict.FINE : Verdict.AGAIN;
    }
}
