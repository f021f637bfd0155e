package dev.baton.sender.core;

import dev.baton.buffer.slab.ShardRange;

/**
 * One of the processes that send a handoff together. Immutable.
 *
 * @param incarnation of that process: no other may bind its part
 * @param shards      of the source that it sends, also where none of their bytes are needed
 */
public record Rank(long incarnation, ShardRange shards) {}
