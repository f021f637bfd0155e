package dev.baton.receiver.core;

/**
 * What layer groups that keep the same blocks keep of one block.
 *
 * @param part as {@link dev.baton.buffer.index.HitRule} numbers them
 */
record PartKey(TenantKey name, int part) {}
