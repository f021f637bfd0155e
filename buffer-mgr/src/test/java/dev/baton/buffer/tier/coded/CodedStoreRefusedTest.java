package dev.baton.buffer.tier.coded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.codec.ImageShape;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.BlockStoreStats;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.StoreRig;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/** A store below that takes nothing: what waits for it is answered, and its source is the caller's again. */
class CodedStoreRefusedTest {
    private static final ImageShape SHAPE = new ImageShape(ElementType.BF16, DimensionOrder.NHD, 1, 16, 1, 64, 64, false);
    private static final long NOW_NS = 5;

    private static final class Rig extends StoreRig {
        private final Below below = new Below();
        private final CodedStore store = CodedStore.stepped(below, CodecSpec.parse("lossless"), (_, _, _) -> SHAPE, SHAPE.lengthBytes(), ledger);

        private Rig() {
            super(SHAPE.lengthBytes());
        }

        private int store(long tag) {
            return store.store(tag, named(tag), 0, memory.address(), SHAPE.lengthBytes());
        }

        @Override
        protected void closeStore() {
            store.close();
        }
    }

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
        try (Rig rig = new Rig()) {
            for (long tag = 1; tag <= 3; tag++) {
                assertEquals(BlockStore.ACCEPTED, rig.store(tag));
            }
            rig.store.poll(NOW_NS, rig, 16);
            rig.below.takes = 1;
            rig.store.poll(NOW_NS + StoreRig.SECOND_NS - 1, rig, 16);
            rig.store.poll(NOW_NS + StoreRig.SECOND_NS - 1, rig, 16);
            assertEquals(Map.of(1L, StoreResult.STORED), rig.stored);

            rig.store.poll(NOW_NS + StoreRig.SECOND_NS, rig, 16);
            assertEquals(Map.of(1L, StoreResult.STORED, 2L, StoreResult.FAILED, 3L, StoreResult.FAILED), rig.stored);
            assertEquals(BlockStore.ACCEPTED, rig.store(4), "their places are free again");
        }
    }
}
