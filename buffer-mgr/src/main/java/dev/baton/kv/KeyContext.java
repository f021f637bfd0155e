package dev.baton.kv;

import dev.baton.platform.Require;

/**
 * All that KV depends on beside tokens and what stands in their place: it goes into every key. Immutable.
 *
 * @param layout  the model, its blocks and groups; the order of its dimensions does not count, for Baton converts them
 * @param weights digest of the weights, as text: two checkpoints of one model never share KV
 * @param adapter LoRA or the like by name and version; empty: none
 * @param salt    what the tenant adds so that requests of different salts share nothing; empty: none
 */
public record KeyContext(KvLayout layout, String weights, String adapter, String salt) {
    private static final int LENGTH_MAX = 4096;

    public KeyContext {
        requireShort("weights", weights);
        requireShort("adapter", adapter);
        requireShort("salt", salt);
    }

    private static void requireShort(String name, String value) {
        Require.between(name + " length", value.length(), 0, LENGTH_MAX);
    }
}
