package dev.baton.receiver.core;

/** Memory that is free once its writers are proved to have ended. Control agent's thread. */
interface Fenced {
    int partCount();

    InboundPart part(int index);

    /** Every data agent has acknowledged that it takes nothing more. */
    boolean isRevokedEverywhere();
}
