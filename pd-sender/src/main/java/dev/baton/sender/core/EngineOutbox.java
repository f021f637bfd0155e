package dev.baton.sender.core;

/** The way from the control agent to the engine's thread. Nothing here blocks or fails. */
public interface EngineOutbox {
    void tell(EngineNotice notice);

    /** Another node wants blocks that may lie here; false if too many wait to be looked for. */
    boolean lookFor(PrefixWant want);

    /** What the engine asked to read, as far as it is there. */
    void found(PrefixHere here);

    /** The unit of that block has done its work. */
    void unitFree(long handle, int block);
}
