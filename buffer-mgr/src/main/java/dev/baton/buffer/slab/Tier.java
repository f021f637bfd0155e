package dev.baton.buffer.slab;

/** Where bytes lie, fastest first. */
public enum Tier {
    HBM, DRAM, DISK, REMOTE
}
