package dev.baton.sender.core;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.platform.Require;

/**
 * The answer to a {@link PrefixAsk}: leading blocks of a prompt, to be read where they lie until they are released. An image may
 * lie in several pieces. Any thread reads.
 */
public final class PrefixHere {
    private final PrefixAsk ask;
    private final int blockCount;
    private final String whyNot;
    private final PinnedBlocks pinned;
    private final AtomicBoolean isReleased = new AtomicBoolean();
    private volatile boolean isGone;

    /** @param pinnedOrNull null where there are no blocks */
    PrefixHere(PrefixAsk ask, int blockCount, String whyNot, PinnedBlocks pinnedOrNull) {
        this.ask = ask;
        this.blockCount = blockCount;
        this.whyNot = whyNot;
        this.pinned = pinnedOrNull;
    }

    public PrefixAsk ask() {
        return ask;
    }

    /** So many of its blocks, from the first on; 0 for none. */
    public int blockCount() {
        return blockCount;
    }

    /** Why there are not more of them; empty if nobody knows more than that they are not there. */
    public String whyNot() {
        return whyNot;
    }

    /**
     * Address of a byte of that layer group's image of the block, on that shard, as {@code BlockImage} lays it out. Not to be
     * written to, nor read after the release.
     */
    public long address(int block, int shard, int group, long offset) {
        return pinned.address(block, shard, group, offset);
    }

    /** Bytes of the image that lie in a row from there. */
    public long contiguousBytes(int block, int shard, int group, long offset) {
        return pinned.contiguousBytes(block, shard, group, offset);
    }

    /**
     * Its reader is done.
     *
     * @throws IllegalStateException if it was said before
     */
    public void released() {
        if (isReleased.getAndSet(true)) {
            throw new IllegalStateException("released twice: prompt=" + ask.id() + " blockCount=" + blockCount);
        }
    }

    /**
     * A source-first handoff is to begin with it.
     *
     * @param namedCount leading blocks of the handoff that have names
     * @throws IllegalArgumentException if it has no blocks, or they are of another prompt or tenant, or the handoff is destination-first, which
     *                                  finds by itself what lies here
     * @throws IllegalStateException    if it was released, or is another handoff's
     */
    public void requireBegins(HandoffSpec spec, int namedCount) {
        Require.that(spec.isSourceFirst(), "order", "destination-first", "source-first, where it begins with what was loaded");
        Require.between("here.blockCount", blockCount, 1, namedCount);
        if (ask.id().tenant() != spec.id().tenant() || !ask.keys().subList(0, blockCount).equals(spec.blockKeys().subList(0, blockCount))) {
            throw new IllegalArgumentException("not what this prompt begins with: here=" + ask.id() + " blockCount=" + blockCount + " handoff=" + spec.id());
        }
        if (isReleased.get()) {
            throw new IllegalStateException("released before: here=" + ask.id() + " handoff=" + spec.id());
        }
    }

    /** Whether the engine that it was for is gone, and it with that. */
    public boolean isGone() {
        return isGone;
    }

    /** What the next engine is told in its place. */
    public PrefixHere ofNextEngine() {
        return new PrefixHere(ask, 0, "the engine that asked for it is gone: ask again", null);
    }

    PinnedBlocks pinned() {
        return pinned;
    }

    /** Control agent: its engine's process is gone. */
    void gone() {
        isGone = true;
        letGo();
    }

    /** Control agent: nobody reads it any more. */
    void letGo() {
        if (pinned != null) {
            pinned.release();
        }
    }
}
