package dev.baton.transport;

/** A peer's slab as its HELLO told it: number, the shard it serves, length in bytes. */
public record RemoteSlab(int slab, int shard, long lengthBytes) {}
