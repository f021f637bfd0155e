package dev.baton.buffer.tier;

import java.util.Locale;

/** The eviction policies that come with Baton. */
public enum Eviction {
    LRU, FIFO, LFU, S3_FIFO, W_TINYLFU, CHAIN;

    /** As on a command line: {@code s3-fifo}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * A policy for one tier; it takes all its memory here.
     *
     * @param slotCount   blocks that the tier holds, at least 1
     * @param blockTokens tokens of a whole block
     */
    public EvictionPolicy create(int slotCount, int blockTokens) {
        return switch (this) {
            case LRU -> new LruEviction(slotCount);
            case FIFO -> new FifoEviction(slotCount);
            case LFU -> new LfuEviction(slotCount);
            case S3_FIFO -> new S3FifoEviction(slotCount);
            case W_TINYLFU -> new TinyLfuEviction(slotCount);
            case CHAIN -> new ChainEviction(slotCount, blockTokens, RecomputeCost.EVEN);
        };
    }

    /**
     * As {@link #CHAIN}, for a model whose attention makes late tokens dearer to compute again: it keeps these more, at the
     * price of some hits.
     *
     * @param attentionTokens at this place in a prompt attention costs as much as all the rest of the model, at least 1
     */
    public static EvictionPolicy chain(int slotCount, int blockTokens, long attentionTokens) {
        return new ChainEviction(slotCount, blockTokens, RecomputeCost.withAttention(attentionTokens));
    }
}
