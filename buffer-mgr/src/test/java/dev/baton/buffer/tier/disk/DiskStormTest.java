package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.BlockStoreListener;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Posix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Everything at once, by seeds: stores, loads, torn, misdirected and rotten writes, errors, a full disk, hangs, crashes,
 * files cut, swapped and lost. Whatever is a hit has the right bytes; each call is answered once; memory that was given
 * back is not touched again. Names are chosen so that a name cut short, or a tenant ignored, finds wrong bytes.
 */
@Timeout(900)
class DiskStormTest implements BlockStoreListener {
    private static final boolean IS_LONG = "1".equals(System.getenv("BATON_TEST_LONG"));
    private static final int SEEDS = IS_LONG ? 3000 : 40;
    private static final int STEPS = 1200;
    private static final int BLOCKS = 60;
    private static final int SLOTS = 8;
    private static final int SLOT_BYTES = 64 << 10;
    private static final byte GUARD = 0x33;
    private static final Path FOLDER = Path.of("/sim/cache");

    private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
    private final MemoryLedger ledger = new MemoryLedger();
    /** Tag to block; the slot is the tag modulo their number. */
    private final Map<Long, Integer> storing = new HashMap<>();
    private final Map<Long, Integer> loading = new HashMap<>();
    private final Map<Long, LoadResult> answered = new HashMap<>();
    private final boolean[] isTaken = new boolean[SLOTS];
    private Region memory;
    private SimDisk disk;
    private SplittableRandom random;
    private DiskStore store;
    private long nowNs;
    private long tag;
    private int hits;
    private int corrupt;
    private int late;
    private int restarts;

    @Test
    void shouldNeverHitWrongBytes() {
        playAll();
    }

    /** All seeds, until one finds something wrong. */
    void playAll() {
        memory = Regions.anonymous(ledger, "test", (long) SLOTS * SLOT_BYTES);
        for (int seed = 1; seed <= SEEDS; seed++) {
            try {
                play(seed);
            } catch (AssertionError | RuntimeException ex) {
                throw new AssertionError("seed " + seed + ": " + ex.getMessage(), ex);
            }
        }
        memory.close();
        assertTrue(ledger.isEmpty(), ledger::toString);
        System.out.println("storms: seeds=" + SEEDS + " hits=" + hits + " corrupt=" + corrupt + " late=" + late + " restarts=" + restarts);
        assertTrue(hits > 10 * SEEDS && corrupt > SEEDS / 2 && late > SEEDS / 2 && restarts > SEEDS, "all of it happened");
    }

    private void play(long seed) {
        random = new SplittableRandom(seed);
        disk = new SimDisk();
        memory.segment().fill(GUARD);
        nowNs = random.nextLong();
        open();
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        // The weather clears: it answers everything, and works again.
        disk.readError = 0;
        disk.writeError = 0;
        disk.tornBytes = -1;
        disk.misdirectedBytes = 0;
        disk.capacityBytes = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) {
            nowNs += 1_000_000_000L;
            drain();
        }
        assertEquals(Map.of(), storing);
        assertEquals(Map.of(), loading);
        assertEquals(0, store.stats().loadsUnderWay() + store.stats().storesUnderWay());
        assertWorksAgain();
        store.close();
    }

    /** What rotted before may be found only now, and turns it off until its next probe. */
    private void assertWorksAgain() {
        int before = hits;
        int fresh = BLOCKS + 1;
        for (int round = 0; round < 5 && hits == before; round++) {
            nowNs += 6_000_000_000L;
            drain();
            begin(fresh, true);
            drain();
            begin(fresh, false);
            drain();
        }
        assertEquals(before + 1, hits, () -> "it works again: " + store.stats());
    }

    private void step() {
        // Faults are one in twenty, so that between them something can succeed.
        switch (random.nextInt(20) == 0 ? random.nextInt(9) : 9 + random.nextInt(31)) {
            case 0 -> restart();
            case 1 -> rot();
            case 2 -> disk.tornBytes = random.nextInt(20_000);
            // By as much as small records take, so that one lands on another.
            case 3 -> disk.misdirectedBytes = 8192L * (random.nextInt(7) - 3);
            case 4 -> disk.readError = random.nextInt(4) == 0 ? -Posix.EIO : 0;
            case 5 -> disk.writeError = random.nextInt(4) == 0 ? random.nextBoolean() ? -Posix.EIO : -Posix.ENOSPC : 0;
            case 6 -> disk.capacityBytes = random.nextBoolean() ? (long) (1 + random.nextInt(12)) << 16 : Long.MAX_VALUE;
            case 7 -> damageAFile();
            case 8 -> nowNs += random.nextLong(7_000_000_000L);
            case 9, 10, 11, 12, 13, 14, 15 -> begin(random.nextInt(BLOCKS), true);
            case 16, 17, 18, 19, 20, 21, 22, 23, 24 -> begin(random.nextInt(BLOCKS), false);
            case 25, 26, 27 -> drain();
            case 28 -> store.readAhead(named(random.nextInt(BLOCKS)), 0, 1);
            case 29, 30, 31, 32, 33 -> store.stepIo();
            default -> {
                nowNs += random.nextLong(30_000_000L);
                store.poll(nowNs, this, 1 + random.nextInt(20));
            }
        }
    }

    private void open() {
        DiskContext context = new DiskContext().directories(List.of(FOLDER)).io(disk).isStepped(true).readers(1).writers(1)
            .fileBytes(128 << 10).spaceBytesMax(640 << 10).entriesMax(40).ledger(ledger).loadsMax(5).storesMax(4)
            .readAhead(random.nextInt(3), 20_000)
            .salts(random::nextLong);
        store = DiskStore.open(context.conclude(), nowNs);
    }

    /** As a kill does it: what is under way is never done, or was done in part. */
    private void restart() {
        restarts++;
        if (random.nextBoolean()) {
            store.stepIo();
        }
        store.close();
        assertEquals(0, disk.openCount(), "files are open after close");
        storing.clear();
        loading.clear();
        answered.clear();
        Arrays.fill(isTaken, false);
        memory.segment().fill(GUARD);
        if (random.nextInt(3) == 0) {
            damageAFile();
        }
        open();
    }

    private void rot() {
        List<Path> logs = disk.logs();
        if (!logs.isEmpty()) {
            byte[] bytes = disk.bytes(logs.get(random.nextInt(logs.size())));
            if (bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
        }
    }

    private void damageAFile() {
        List<Path> logs = disk.logs();
        if (logs.size() < 2) {
            return;
        }
        Path first = logs.get(random.nextInt(logs.size()));
        Path second = logs.get(random.nextInt(logs.size()));
        byte[] bytes = disk.bytes(first);
        switch (random.nextInt(4)) {
            case 0 -> disk.bytes(first, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
            case 1 -> {
                disk.bytes(first, disk.bytes(second));
                disk.bytes(second, bytes);
            }
            case 2 -> disk.bytes(first, disk.bytes(second).clone());
            default -> {
                int length = 4096 * (1 + random.nextInt(4));
                if (bytes.length >= 8 * 4096) {
                    System.arraycopy(bytes, 4096 * random.nextInt(4), bytes, 4096 * (4 + random.nextInt(1)), Math.min(length, 8192));
                }
            }
        }
    }

    /** Whether it was begun. */
    private boolean begin(int block, boolean isStore) {
        int slot = 0;
        while (slot < SLOTS && isTaken[slot]) {
            slot++;
        }
        if (slot == SLOTS) {
            return false;
        }
        MemorySegment mine = memory.segment().asSlice((long) slot * SLOT_BYTES, SLOT_BYTES);
        tag = (tag / SLOTS + 1) * SLOTS + slot;
        int offset = random.nextInt(2) * 24;
        long address = mine.address() + offset;
        int result;
        if (isStore) {
            mine.asSlice(offset, lengthOf(block)).copyFrom(MemorySegment.ofArray(bytesOf(block)));
            result = store.store(tag, named(block), 0, address, lengthOf(block));
        } else {
            assertTrue(isUntouched(mine), "memory was written to after it was given back");
            mine.fill(GUARD);
            result = store.load(tag, named(block), 0, address, SLOT_BYTES - 64, nowNs + random.nextLong(100_000_000L));
        }
        if (result != BlockStore.ACCEPTED) {
            mine.fill(GUARD);
            return false;
        }
        isTaken[slot] = true;
        (isStore ? storing : loading).put(tag, offset << 16 | block);
        return true;
    }

    private static boolean isUntouched(MemorySegment memory) {
        byte first = memory.get(ValueLayout.JAVA_BYTE, 0);
        return first == GUARD && memory.asSlice(1).mismatch(memory.asSlice(0, memory.byteSize() - 1)) == -1;
    }

    /** Half of the key is one of four, the tenant is one of two: whoever compares less than all mixes blocks up. */
    private UnsafeBuffer named(int block) {
        name.setMemory(0, BlockName.LENGTH_BYTES, (byte) 0);
        name.putLong(0, block % 4);
        name.putLong(24, block / 2);
        name.putLong(BlockName.TENANT_OFFSET + 8, block % 2);
        name.putLong(BlockName.LAYOUT_OFFSET, block % 3);
        return name;
    }

    private static int lengthOf(int block) {
        return block % 5 == 0 ? 40_000 : block % 7 == 0 ? 18_200 : 200 + block % 2 * 3000;
    }

    private static byte[] bytesOf(int block) {
        byte[] bytes = new byte[lengthOf(block)];
        new SplittableRandom(block * 31L + 5).nextBytes(bytes);
        return bytes;
    }

    private void drain() {
        int workCount;
        do {
            workCount = store.poll(nowNs, this, 100) + store.stepIo();
        } while (workCount > 0);
    }

    @Override
    public void onStored(long tag, StoreResult result) {
        int begun = storing.remove(tag);
        MemorySegment mine = memory.segment().asSlice(tag % SLOTS * SLOT_BYTES, SLOT_BYTES);
        int block = begun & 0xffff;
        assertEquals(-1, mine.asSlice(begun >>> 16, lengthOf(block)).mismatch(MemorySegment.ofArray(bytesOf(block))), "the source of a store was written to");
        isTaken[(int) (tag % SLOTS)] = false;
        mine.fill(GUARD);
    }

    @Override
    public void onFound(long tag, long lengthBytes) {
        throw new AssertionError("nothing was looked up");
    }

    @Override
    public void onLoaded(long tag, LoadResult result, long lengthBytes) {
        assertTrue(loading.containsKey(tag), "answered, and was not asked");
        assertFalse(answered.containsKey(tag), "answered twice");
        answered.put(tag, result);
        int begun = loading.get(tag);
        int block = begun & 0xffff;
        hits += result.isHit() ? 1 : 0;
        corrupt += result == LoadResult.CORRUPT ? 1 : 0;
        late += result == LoadResult.LATE ? 1 : 0;
        if (result.isHit()) {
            assertEquals(lengthOf(block), lengthBytes);
            MemorySegment mine = memory.segment().asSlice(tag % SLOTS * SLOT_BYTES + (begun >>> 16), lengthBytes);
            assertEquals(-1, mine.mismatch(MemorySegment.ofArray(bytesOf(block))), "wrong bytes of block " + block);
        }
    }

    @Override
    public void onReleased(long tag) {
        assertTrue(answered.remove(tag) != null, "released before it was answered");
        loading.remove(tag);
        isTaken[(int) (tag % SLOTS)] = false;
        memory.segment().asSlice(tag % SLOTS * SLOT_BYTES, SLOT_BYTES).fill(GUARD);
    }
}
