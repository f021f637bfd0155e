package dev.baton.receiver.core;

/** Why a decode engine gets no memory to write blocks to. */
public enum WriteRefusal {
    /** All of them are here already. */
    HERE,
    /** Too few extents are free or idle, or too much is being written: later, or not at all. */
    FULL,
    /** Blocks of such a layout are not kept: windows, states; or some of its shards lie with other processes. */
    NOT_KEPT
}
