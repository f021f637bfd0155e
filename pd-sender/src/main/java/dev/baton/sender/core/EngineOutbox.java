package dev.baton.sender.core;

/** The way from the control agent to the engine's thread. Nothing here blocks or fails. */
public interface EngineOutbox {
    void tell(EngineNotice notice);

    /** The unit of that block has done its work. */
    void unitFree(long handle, int block);
}
