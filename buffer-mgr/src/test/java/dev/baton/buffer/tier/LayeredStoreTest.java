package dev.baton.buffer.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A near and a far store in the heap, which answer when they are polled and may. */
class LayeredStoreTest {
    private static final int BYTES = 64;
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Keeps copies; what is asked of it is done at its next poll, if it flows. */
    private static final class HeapStore implements BlockStore {
        final Map<String, byte[]> blocks = new HashMap<>();
        final ArrayDeque<Consumer<BlockStoreListener>> waiting = new ArrayDeque<>();
        final List<String> did = new ArrayList<>();
        int refusal = ACCEPTED;
        boolean isFlowing = true;

        @Override
        public int store(long tag, DirectBuffer name, int nameOffset, long address, long lengthBytes) {
            return begin("store", name, nameOffset, (key, to) -> {
                byte[] bytes = ALL.asSlice(address, lengthBytes).toArray(ValueLayout.JAVA_BYTE);
                to.onStored(tag, blocks.putIfAbsent(key, bytes) == null ? StoreResult.STORED : StoreResult.PRESENT);
            });
        }

        @Override
        public int lookup(long tag, DirectBuffer name, int nameOffset) {
            return begin("lookup", name, nameOffset, (key, to) -> to.onFound(tag, blocks.containsKey(key) ? blocks.get(key).length : -1));
        }

        @Override
        public int load(long tag, DirectBuffer name, int nameOffset, long address, long capacityBytes, long deadlineNs) {
            return begin("load", name, nameOffset, (key, to) -> {
                byte[] bytes = blocks.get(key);
                if (bytes != null) {
                    MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, address, bytes.length);
                }
                to.onLoaded(tag, bytes == null ? LoadResult.MISS : LoadResult.HIT, bytes == null ? -1 : bytes.length);
                to.onReleased(tag);
            });
        }

        private int begin(String what, DirectBuffer name, int nameOffset, BiConsumer<String, BlockStoreListener> then) {
            if (refusal == ACCEPTED) {
                byte[] key = new byte[BlockName.LENGTH_BYTES];
                name.getBytes(nameOffset, key);
                did.add(what);
                waiting.add(to -> then.accept(HexFormat.of().formatHex(key), to));
            }
            return refusal;
        }

        @Override
        public void readAhead(DirectBuffer names, int namesOffset, int count) {}

        @Override
        public int poll(long nowNs, BlockStoreListener listener, int limit) {
            int workCount = 0;
            for (int count = isFlowing ? waiting.size() : 0; count > 0; count--) {
                waiting.remove().accept(listener);
                workCount++;
            }
            return workCount;
        }

        @Override
        public long blockBytesMax() {
            return BYTES;
        }

        @Override
        public BlockStoreStats stats() {
            return null;
        }

        @Override
        public void close() {
            did.add("close");
        }
    }

    private final HeapStore near = new HeapStore();
    private final HeapStore far = new HeapStore();
    private final LayeredStore store = new LayeredStore(List.of(near, far));
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(BYTES, 8);
    private final List<String> told = new ArrayList<>();
    private long nowNs = 1_000;

    private final BlockStoreListener listener = new BlockStoreListener() {
        @Override
        public void onStored(long tag, StoreResult result) {
            told.add("stored " + tag + " " + result);
        }

        @Override
        public void onFound(long tag, long lengthBytes) {
            told.add("found " + tag + " " + lengthBytes);
        }

        @Override
        public void onLoaded(long tag, LoadResult result, long lengthBytes) {
            told.add("loaded " + tag + " " + result + " " + lengthBytes);
        }

        @Override
        public void onReleased(long tag) {
            told.add("released " + tag);
        }
    };

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void shouldStoreInAllAndSaySoWhenAllHave() {
        far.isFlowing = false;
        put(1);
        poll(2);
        assertEquals(List.of(), told, "the far store still reads from its source");
        far.isFlowing = true;
        poll(1);
        assertEquals(List.of("stored 1 STORED"), told);
        assertEquals(1, near.blocks.size());
        assertEquals(1, far.blocks.size());
        put(1);
        poll(1);
        assertEquals("stored 1 PRESENT", told.getLast());
    }

    @Test
    void shouldPassOverAStoreThatIsOffAndAskOneThatIsBusyAgain() {
        near.refusal = BlockStore.OFF;
        put(1);
        poll(1);
        assertEquals(List.of("stored 1 STORED"), told);
        near.refusal = BlockStore.ACCEPTED;
        far.refusal = BlockStore.BACK_PRESSURED;
        put(2);
        poll(3);
        assertEquals(1, told.size(), "it may be stored there yet");
        far.refusal = BlockStore.ACCEPTED;
        poll(2);
        assertEquals("stored 2 STORED", told.getLast());
        assertEquals(2, far.blocks.size());

        far.refusal = BlockStore.BACK_PRESSURED;
        put(3);
        poll(2);
        nowNs += 1_000_000_000;
        poll(1);
        assertEquals("stored 3 STORED", told.getLast(), "near by; the far one was busy for too long");
        near.refusal = BlockStore.BACK_PRESSURED;
        assertEquals(BlockStore.BACK_PRESSURED, begin(4));
        near.refusal = BlockStore.OFF;
        far.refusal = BlockStore.OFF;
        assertEquals(BlockStore.OFF, begin(4));
    }

    @Test
    void shouldLoadFromTheNearestAndAskNoOther() {
        put(1);
        poll(1);
        far.did.clear();
        load(1, Long.MAX_VALUE);
        poll(2);
        assertEquals(List.of("stored 1 STORED", "loaded 1 HIT 64", "released 1"), told);
        assertEquals(List.of(), far.did);
    }

    @Test
    void shouldStoreInTheNearestWhatCameFromAFartherOneBeforeItIsTold() {
        put(1);
        poll(1);
        told.clear();
        near.blocks.clear();
        load(1, Long.MAX_VALUE);
        near.isFlowing = true;
        poll(1);
        near.isFlowing = false;
        poll(3);
        assertEquals(List.of(), told, "the nearest reads from where it was loaded to");
        near.isFlowing = true;
        poll(1);
        assertEquals(List.of("loaded 1 HIT 64", "released 1"), told);
        assertEquals(1, near.blocks.size());
        assertEquals((byte) 1, near.blocks.values().iterator().next()[0]);
        assertEquals((byte) 1, memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void shouldSayLateWhileTheNearestHangsAndGiveTheMemoryBackOnlyThen() {
        put(1);
        poll(1);
        told.clear();
        near.blocks.clear();
        load(1, nowNs + 100);
        poll(1);
        near.isFlowing = false;
        poll(2);
        nowNs += 200;
        poll(2);
        assertEquals(List.of("loaded 1 LATE -1"), told);
        near.isFlowing = true;
        poll(1);
        assertEquals(List.of("loaded 1 LATE -1", "released 1"), told);
    }

    @Test
    void shouldMissWhatNoneHasAndFindWhatOneHas() {
        load(1, Long.MAX_VALUE);
        poll(3);
        assertEquals(List.of("loaded 1 MISS -1", "released 1"), told);
        put(2);
        poll(1);
        near.blocks.clear();
        assertEquals(BlockStore.ACCEPTED, store.lookup(7, StoreRig.named(2), 0));
        assertEquals(BlockStore.ACCEPTED, store.lookup(8, StoreRig.named(3), 0));
        poll(3);
        assertTrue(told.containsAll(List.of("found 7 64", "found 8 -1")), told::toString);
        near.refusal = BlockStore.OFF;
        load(2, Long.MAX_VALUE);
        poll(3);
        assertEquals(List.of("loaded 2 HIT 64", "released 2"), told.subList(told.size() - 2, told.size()));
    }

    @Test
    void shouldBeOfTwoAtLeastAndCloseThemAll() {
        store.close();
        assertEquals("close", near.did.getLast());
        assertEquals("close", far.did.getLast());
        assertThrows(IllegalArgumentException.class, () -> new LayeredStore(List.of(near)));
    }

    private int begin(long block) {
        memory.fill((byte) block);
        return store.store(block, StoreRig.named(block), 0, memory.address(), BYTES);
    }

    private void put(long block) {
        assertEquals(BlockStore.ACCEPTED, begin(block));
    }

    private void load(long block, long deadlineNs) {
        memory.fill((byte) 0x5a);
        assertEquals(BlockStore.ACCEPTED, store.load(block, StoreRig.named(block), 0, memory.address(), BYTES, deadlineNs));
    }

    private void poll(int times) {
        for (int i = 0; i < times; i++) {
            store.poll(nowNs, listener, 16);
        }
    }
}
