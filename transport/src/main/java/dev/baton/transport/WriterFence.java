package dev.baton.transport;

/**
 * How the receiving end of a one-sided scheme learns that a sender can write no more, though nobody asks before bytes
 * land: the sender holds something of each session for as long as it may write there, and only its end or its own word
 * lets go of it. Both ends' methods; each end uses its own. Safe from any thread; never on the hot path.
 */
public interface WriterFence {
    /** Of schemes that need none, or have none: nobody was seen to hold anything, and nobody is proved gone. */
    WriterFence NONE = new WriterFence() {
        @Override
        public void watch(long sessionId) {}

        @Override
        public boolean isHeld(long sessionId) {
            return false;
        }

        @Override
        public boolean isGone(long sessionId) {
            return false;
        }

        @Override
        public void forget(long sessionId) {}

        @Override
        public boolean hold(long peerIncarnation, long sessionId) {
            return true;
        }

        @Override
        public void release(long sessionId) {}
    };

    /** Receiving end: makes what the sender of this session is to hold. Where that fails, it is never seen held. */
    void watch(long sessionId);

    /**
     * Receiving end: the sender says of what scheme its lanes on that session are. False if that is none that this knows, or
     * it said otherwise before; then nothing may be told to it.
     */
    default boolean lanes(long sessionId, String scheme) {
        return true;
    }

    /** Receiving end: the sender holds it now. Nothing may be told to a sender that was never seen to hold it. */
    boolean isHeld(long sessionId);

    /**
     * Receiving end: the sender was seen to hold it and does so no longer, so its process is gone or has nothing left
     * that writes; from here on no byte of that session comes.
     */
    boolean isGone(long sessionId);

    /**
     * Receiving end: whether a later HELLO that covers a session proves that no byte of it comes. It does where the
     * sending process's own stores are all that writes, and not where a card may hold writes that the process gave up.
     */
    default boolean isWordProof(long sessionId) {
        return true;
    }

    /**
     * Receiving end: whether closing the session here ends its writers, whatever the sender does: one that does not say in
     * time that it writes no more costs it that session. Where it does not, only the sender's end or word is awaited.
     */
    default boolean isEndedHere(long sessionId) {
        return false;
    }

    /**
     * Any end, of a process that shares this host's memory: whether it was seen alive, by this call or one before, and is
     * gone. Never true of one that is slow, stopped or cut off, nor where it cannot be known.
     */
    default boolean isProcessGone(long incarnation) {
        return false;
    }

    /** Any end: that process is not asked about again. */
    default void forgetProcess(long incarnation) {}

    /** Receiving end: it is not asked about again. */
    void forget(long sessionId);

    /**
     * Sending end: from now until {@link #release} or this process's end the receiver knows that writes may come.
     *
     * @return false if it cannot be held; then nothing may be written on that session
     */
    boolean hold(long peerIncarnation, long sessionId);

    /** Sending end: no write of that session runs or is queued, and none ever will be. */
    void release(long sessionId);

    /**
     * Sending end, of a session that is held: the receiving process was seen alive and is gone. Never true of one that
     * is slow, stopped or cut off, nor where it cannot be known. Allocates nothing: asked of each session many times a
     * second.
     */
    default boolean isPeerGone(long sessionId) {
        return false;
    }
}
