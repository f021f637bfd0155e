package dev.baton.buffer.tier.coded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.codec.ImageShape;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A store below that takes nothing: what waits for it is answered, and its source is the caller's again. */
class CodedStoreRefusedTest implements BlockStoreListener {
    private static final ImageShape SHAPE = new ImageShape(ElementType.BF16, DimensionOrder.NHD, 1, 16, 1, 64, 64, false);
    private static final long SECOND_NS = 1_000_000_000L;

    private final List<String> stored = new ArrayList<>();
    private final MemoryLedger ledger = new MemoryLedger();

    /** Takes as many as it is told to. */
    private static final class Below implements BlockStore {
        private int takes;
        private final List<Long> taken = new ArrayList<>();

        @Override
        public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
            if (takes == 0) {
                return BACK_PRESSURED;
            }
            takes--;
            taken.add(tag);
            return ACCEPTED;
        }

        @Override
        public int lookup(long tag, DirectBuffer name, int nameOffset) {
            return OFF;
        }

        @Override
        public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
            return OFF;
        }

        @Override
        public void readAhead(DirectBuffer names, int namesOffset, int count) {}

        @Override
        public int poll(long nowNs, BlockStoreListener listener, int limit) {
            int count = taken.size();
            taken.forEach(tag -> listener.onStored(tag, StoreResult.STORED));
            taken.clear();
            return count;
        }

        @Override
        public long blockBytesMax() {
            return 1 << 20;
        }

        @Override
        public BlockStoreStats stats() {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldGiveUpAfterASecondWhatTheStoreBelowDoesNotTake() {
        long nowNs = 5;
        Below below = new Below();
        CodedStore store = CodedStore.stepped(below, CodecSpec.parse("lossless"), (_, _, _) -> SHAPE, SHAPE.lengthBytes(), ledger);
        try (Region source = Regions.anonymous(ledger, "test.source", 1 << 16)) {
            UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
            for (long tag = 1; tag <= 3; tag++) {
                assertEquals(BlockStore.ACCEPTED, store.store(tag, name, 0, source.address(), SHAPE.lengthBytes()));
            }
            store.poll(nowNs, this, 16);
            below.takes = 1;
            store.poll(nowNs + SECOND_NS - 1, this, 16);
            store.poll(nowNs + SECOND_NS - 1, this, 16);
            assertEquals(List.of("1 STORED"), stored);

            store.poll(nowNs + SECOND_NS, this, 16);
            assertEquals(List.of("1 STORED", "2 FAILED", "3 FAILED"), stored);
            assertEquals(BlockStore.ACCEPTED, store.store(4, name, 0, source.address(), SHAPE.lengthBytes()), "their places are free again");
            store.close();
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    @Override
    public void onStored(long tag, StoreResult result) {
        stored.add(tag + " " + result);
    }

    @Override
    public void onFound(long tag, long lengthBytes) {
        throw new AssertionError("nothing was looked up");
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long lengthBytes) {
        throw new AssertionError("nothing was loaded");
    }

    @Override
    public void onReleased(long tag) {
        throw new AssertionError("nothing was loaded");
    }
}
