package dev.baton.receiver.core;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory of the pool that a decode engine writes blocks to, until it says that they are whole, or that it drops them: then
 * nobody writes to it any more. Any thread may write; one says how it ended, once.
 */
public final class WritableBlocks {
    private final long handle;
    private final WriteAsk ask;
    private final ReadyBlocks blocks;
    private final AtomicBoolean isOver = new AtomicBoolean();

    WritableBlocks(long handle, WriteAsk ask, ReadyBlocks blocks) {
        this.handle = handle;
        this.ask = ask;
        this.blocks = blocks;
    }

    public long handle() {
        return handle;
    }

    public WriteAsk ask() {
        return ask;
    }

    /**
     * Where they go, as a request's blocks are read: {@code blocks().map().firstBlock()} is the first that is not here
     * yet, which may lie behind the one that was asked for.
     */
    public ReadyBlocks blocks() {
        return blocks;
    }

    /**
     * Nothing is written any more. Part of what the receiver's front door does.
     *
     * @throws IllegalStateException if that was said before
     */
    public void end() {
        if (!isOver.compareAndSet(false, true)) {
            throw new IllegalStateException("these blocks were sealed or dropped before: handle=" + handle);
        }
    }
}
