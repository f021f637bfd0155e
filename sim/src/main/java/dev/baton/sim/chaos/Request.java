package dev.baton.sim.chaos;

/**
 * What a user asks for.
 *
 * @param chunkNs what the prefill of one block takes
 */
record Request(int index, int sender, int receiver, long atNs, boolean isSourceFirst, int tokens, int growthTokens,
    long chunkNs, long deadlineMs) {}
