package dev.baton.buffer.tier.remote;

/** A piece of a block in the caller's memory: what a command sends, or where its answer goes. */
record RedisPiece(BlockMemory memory, long offset, int lengthBytes) {}
