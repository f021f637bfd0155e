package dev.baton.sender.core;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

import dev.baton.buffer.PinnedBlocks;
import dev.baton.buffer.SealedPrefixes;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;

/**
 * Handoffs of blocks that lie sealed in the node's share for reservations, where its receiving end keeps them: for these
 * it plays the engine, on the control agent's thread. It stands between the control agent and the engine's thread, and
 * hands on what is told of all others. What waits for its grant pins nothing.
 */
final class PoolFetches implements EngineOutbox {
    /** Their handles' slots are above those of any engine's. */
    static final int SLOT_FIRST = 65_536 - PeerFetches.WAITING_MAX;
    private static final int EXTENT_BYTES = 4 << 20;
    private static final byte[] NO_AUX = new byte[0];

    /** One of them; {@code pinned} from its grant until its bytes have gone. */
    private static final class PoolFetch {
        final HandoffBoard board;
        PinnedBlocks pinned;

        PoolFetch(HandoffBoard board) {
            this.board = board;
        }
    }

    private final EngineOutbox engine;
    private final ShardPairing self;
    private final int blockTokens;
    private final PoolFetch[] slots = new PoolFetch[PeerFetches.WAITING_MAX];
    private final int[] generations = new int[PeerFetches.WAITING_MAX];
    private final ArrayDeque<EngineNotice> notices = new ArrayDeque<>();
    private final ArrayDeque<HandoffBoard> begun = new ArrayDeque<>();
    private final PoolHolds held;
    private SealedPrefixes sealed;

    /** @param held what lies there of the engine's own handoffs: let go as these end */
    PoolFetches(EngineOutbox engine, ShardedLayout layout, PoolHolds held) {
        this.engine = engine;
        this.held = held;
        self = ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding());
        blockTokens = layout.layout().blockTokens();
    }

    /** Where they lie; null where nothing is received. */
    void sealed(SealedPrefixes value) {
        sealed = value;
    }

    /** So many leading blocks lie there. */
    int blockCount(long tenant, List<BlockKey> keys) {
        return sealed == null ? 0 : sealed.blockEnd(tenant, keys, 0);
    }

    /** Begins to hand the first so many on; false if too many are under way. */
    boolean begin(PrefixWant want, int blockCount) {
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot] == null) {
                generations[slot] = generations[slot] == Integer.MAX_VALUE ? 1 : generations[slot] + 1;
                SourceImages images = CellMap.ofTarget(self, blockCount * blockTokens, 0, 0, EXTENT_BYTES).sourceImages();
                HandoffBoard board = new HandoffBoard(HandoffBoard.handle(SLOT_FIRST + slot, generations[slot]),
                    want.spec(blockCount, blockTokens), images, blockCount);
                slots[slot] = new PoolFetch(board);
                begun.add(board);
                return true;
            }
        }
        return false;
    }

    /** Each cycle: says what an engine would of them. */
    void poll(Consumer<HandoffBoard> onBoard) {
        HandoffBoard board;
        while ((board = begun.poll()) != null) {
            onBoard.accept(board);
        }
        EngineNotice notice;
        while ((notice = notices.poll()) != null) {
            PoolFetch fetch = slots[HandoffBoard.slot(notice.handle()) - SLOT_FIRST];
            if (fetch == null || fetch.board.handle() != notice.handle()) {
                continue;
            }
            if (notice instanceof EngineNotice.Granted granted) {
                send(fetch, granted.cells().firstBlock());
                onBoard.accept(fetch.board);
            }
            if (notice.isLast() || notice instanceof EngineNotice.Landed) {
                release(fetch);
            }
            if (notice.isLast()) {
                slots[HandoffBoard.slot(notice.handle()) - SLOT_FIRST] = null;
            }
        }
    }

    private void send(PoolFetch fetch, int firstBlock) {
        HandoffSpec spec = fetch.board.spec();
        fetch.pinned = sealed.pinOrNull(spec.id().tenant(), spec.blockKeys(), firstBlock);
        if (fetch.pinned == null) {
            fetch.board.evicted();
        } else {
            fetch.board.pinned(fetch.pinned, spec.blockKeys().size());
            fetch.board.prefilled(spec.tokens());
            fetch.board.finished(0, NO_AUX);
        }
    }

    private static void release(PoolFetch fetch) {
        if (fetch.pinned != null) {
            fetch.pinned.release();
            fetch.pinned = null;
        }
    }

    /** Whether the engine knows nothing of it. */
    static boolean isOfPool(long handle) {
        return HandoffBoard.slot(handle) >= SLOT_FIRST;
    }

    @Override
    public void tell(EngineNotice notice) {
        if (isOfPool(notice.handle())) {
            notices.add(notice);
        } else {
            if (notice.isLast() || notice instanceof EngineNotice.Landed) {
                held.release(notice.handle());
            }
            engine.tell(notice);
        }
    }

    @Override
    public boolean lookFor(PrefixWant want) {
        return engine.lookFor(want);
    }

    @Override
    public void found(PrefixHere here) {
        engine.found(here);
    }

    @Override
    public void unitFree(long handle, int block) {
        if (!isOfPool(handle)) {
            engine.unitFree(handle, block);
        }
    }
}
