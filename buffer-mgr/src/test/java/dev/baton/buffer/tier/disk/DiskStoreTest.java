package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import java.nio.file.Path;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DiskStoreTest {
    private static final Path FOLDER = Path.of("/sim/cache");
    private final SimDisk disk = new SimDisk();

    @ParameterizedTest(name = "{0} bytes at {1}")
    @CsvSource({"1, 0", "4031, 0", "4032, 3", "4033, 0", "4096, 0", "100000, 64", "1048576, 0", "1048577, 0", "3000000, 4096",
        "3000000, 100", "4194304, 0", "4194304, 8"})
    void shouldLoadWhatWasStored(int lengthBytes, int memoryOffset) {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER).fileBytes(8 << 20).spaceBytesMax(64 << 20))) {
            assertEquals(LoadResult.MISS, rig.load(1, lengthBytes));
            long begun = rig.begin(1, lengthBytes, memoryOffset);
            rig.await("the store", () -> rig.stored.get(begun) == StoreResult.STORED);

            assertEquals(lengthBytes, rig.lookup(1));
            assertEquals(LoadResult.HIT, rig.load(TierRig.named(1), 1, lengthBytes, memoryOffset));
            assertEquals(LoadResult.HIT, rig.load(TierRig.named(1), 1, lengthBytes, 0));
            assertEquals(LoadResult.MISS, rig.load(2, lengthBytes));
            assertEquals(-1, rig.lookup(2));
        }
    }

    @Test
    void shouldFindNothingUnderANameThatDiffersInOneBit() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            for (int bit = 0; bit < BlockName.LENGTH_BYTES * 8; bit++) {
                UnsafeBuffer other = TierRig.named(1);
                other.putByte(bit / 8, (byte) (other.getByte(bit / 8) ^ 1 << bit % 8));
                assertEquals(LoadResult.MISS, rig.load(other, 1, 5000, 0), "bit " + bit);
            }
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
    }

    @Test
    void shouldStoreABlockOnce() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            assertEquals(StoreResult.STORED, rig.store(1, 5000));
            assertEquals(StoreResult.PRESENT, rig.store(1, 5000));
            long first = rig.begin(2, 5000, 0);
            long second = rig.begin(2, 5000, 8192);
            rig.settle();
            assertEquals(List.of(StoreResult.STORED, StoreResult.PRESENT), List.of(rig.stored.get(first), rig.stored.get(second)));
            assertEquals(2, rig.stats().blocks());
        }
    }

    @Test
    void shouldMissABlockThatIsStillBeingWritten() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.settle();
            assertTrue(rig.begin(1, 5000, 0) > 0);
            long load = rig.beginLoad(TierRig.named(1), 5000, 8192, Long.MAX_VALUE);
            rig.poll();
            assertEquals(LoadResult.MISS, rig.loaded.get(load));
            rig.settle();
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
    }

    @Test
    void shouldWriteSmallBlocksTogether() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(100, 5000);
            rig.settle();
            int before = disk.writeCount;
            for (int block = 0; block < 20; block++) {
                assertTrue(rig.begin(block, 5000, block * 8192L) > 0);
            }
            rig.settle();
            assertEquals(1, disk.writeCount - before);
            for (int block = 0; block < 20; block++) {
                assertEquals(LoadResult.HIT, rig.load(block, 5000));
            }
        }
    }

    @Test
    void shouldMissABlockThatIsLongerThanItsTarget() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            assertEquals(LoadResult.MISS, rig.load(TierRig.named(1), 1, 4999, 0));
        }
    }

    @Test
    void shouldRefuseWhatCannotFitInAFile() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            long max = rig.store.blockBytesMax();
            assertEquals(StoreResult.STORED, rig.store(1, (int) max));
            assertEquals(LoadResult.HIT, rig.load(1, (int) max));
            assertThrows(IllegalArgumentException.class, () -> rig.store.store(1, TierRig.named(2), 0, rig.memory.address(), max + 1));
            assertThrows(IllegalArgumentException.class, () -> rig.store.store(1, TierRig.named(2), 0, rig.memory.address(), 0));
        }
    }

    @Test
    void shouldFindEverythingAgainAfterARestart() {
        int blocks = 300;
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            for (int block = 0; block < blocks; block++) {
                rig.store(block, 1 + block * 50);
            }
        }
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            assertTrue(rig.stats().scannedPermille() < 1000, "it is usable before it is indexed");
            assertEquals(StoreResult.STORED, rig.store(1000, 5000));
            rig.awaitScanned();
            assertEquals(blocks + 1, rig.stats().blocks());
            for (int block = 0; block < blocks; block++) {
                assertEquals(LoadResult.HIT, rig.load(block, 1 + block * 50));
            }
            assertEquals(0, rig.stats().corrupt());
        }
    }

    @Test
    void shouldNotGrowByRestarts() {
        for (int round = 0; round < 20; round++) {
            try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
                rig.store(round, 5000);
                rig.awaitScanned();
                rig.settle();
                assertEquals(round + 1, rig.stats().blocks());
            }
        }
        assertTrue(disk.logs().size() <= 22, "files: " + disk.logs());
        long bytes = disk.logs().stream().mapToLong(each -> disk.bytes(each).length).sum();
        assertTrue(bytes < 3 << 20, "bytes: " + bytes);
    }

    @Test
    void shouldKeepToItsSpaceByRemovingTheOldestFiles() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            int blocks = 200;
            for (int block = 0; block < blocks; block++) {
                assertEquals(StoreResult.STORED, rig.store(block, 100_000));
                assertTrue(rig.stats().spaceBytes() <= rig.stats().spaceBytesMax());
                long bytes = disk.logs().stream().mapToLong(each -> disk.bytes(each).length).sum();
                assertTrue(bytes <= rig.stats().spaceBytesMax(), "bytes: " + bytes);
            }
            rig.settle();
            assertTrue(rig.stats().filesRemoved() >= 12, rig.stats().toString());
            assertEquals(LoadResult.MISS, rig.load(0, 100_000));
            assertEquals(LoadResult.HIT, rig.load(blocks - 1, 100_000));
            assertEquals(blocks, rig.stats().blocks() + rig.stats().blocksEvicted());
        }
    }

    @Test
    void shouldKeepTheFileThatIsLoadedFrom() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            for (int block = 0; block < 400; block++) {
                rig.store(block, 100_000);
                if (block >= 3) {
                    assertEquals(LoadResult.HIT, rig.load(3, 100_000), "after block " + block);
                }
            }
            assertEquals(LoadResult.MISS, rig.load(100, 100_000));
        }
    }

    @Test
    void shouldMoveWhatWasLoadedOutOfAFileThatGoes() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            // Every file has one block that was loaded once: all are as warm, so the oldest goes.
            for (int block = 0; block < 100; block++) {
                rig.store(block, 100_000);
                if (block % 9 == 4) {
                    assertEquals(LoadResult.HIT, rig.load(block, 100_000));
                }
            }
            rig.settle();
            assertTrue(rig.stats().blocksMoved() >= 3, rig.stats().toString());
            assertEquals(LoadResult.MISS, rig.load(12, 100_000));
            assertEquals(LoadResult.HIT, rig.load(13, 100_000));
            assertEquals(LoadResult.MISS, rig.load(14, 100_000));
            assertEquals(100, rig.stats().blocks() + rig.stats().blocksEvicted());
        }
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.awaitScanned();
            assertEquals(LoadResult.HIT, rig.load(13, 100_000), "what was moved is a whole record");
        }
    }

    @Test
    void shouldMakeRoomInAFullIndex() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER).entriesMax(300))) {
            for (int block = 0; block < 1000; block++) {
                assertEquals(StoreResult.STORED, rig.store(block, 100));
            }
            assertTrue(rig.stats().blocks() <= 300);
            assertEquals(LoadResult.HIT, rig.load(999, 100));
        }
    }

    @Test
    void shouldBoundWhatIsUnderWay() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER).loadsMax(3).storesMax(2))) {
            rig.store(1, 5000);
            rig.settle();
            assertTrue(rig.begin(2, 5000, 0) > 0);
            assertTrue(rig.begin(3, 5000, 8192) > 0);
            assertEquals(BlockStore.BACK_PRESSURED, rig.begin(4, 5000, 16384));
            for (int i = 0; i < 3; i++) {
                assertTrue(rig.beginLoad(TierRig.named(1), 5000, 32768 + i * 8192L, Long.MAX_VALUE) > 0);
            }
            assertEquals(BlockStore.BACK_PRESSURED, rig.beginLoad(TierRig.named(1), 5000, 0, Long.MAX_VALUE));
            rig.settle();
            assertEquals(StoreResult.STORED, rig.store(4, 5000));
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
    }

    @Test
    void shouldAnswerLateLoadsAndKeepTheirMemoryUntilTheirIoReturns() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            rig.settle();
            int reads = disk.readCount;
            long load = rig.beginLoad(TierRig.named(1), 5000, 0, 50_000_000);
            rig.nowNs += 49_000_000;
            rig.poll();
            assertEquals(null, rig.loaded.get(load));
            rig.nowNs += 1_000_000;
            rig.poll();
            assertEquals(LoadResult.LATE, rig.loaded.get(load));
            assertEquals(null, rig.released.get(load));
            rig.settle();
            assertEquals(1, rig.released.get(load));
            assertEquals(reads, disk.readCount, "a load that nobody waits for is not read");
            assertEquals(0, rig.stats().loadsUnderWay());
        }
    }

    @Test
    void shouldNotLetAFloodOfLookupsDelayALoad() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            rig.settle();
            for (int i = 0; i < 100; i++) {
                assertEquals(BlockStore.ACCEPTED, rig.store.lookup(10_000 + i, TierRig.named(2), 0));
            }
            long load = rig.beginLoad(TierRig.named(1), 5000, 0, Long.MAX_VALUE);
            rig.store.stepIo();
            rig.store.poll(rig.nowNs, rig, 1);
            assertEquals(LoadResult.HIT, rig.loaded.get(load));
            rig.settle();
            assertEquals(100, rig.found.size());
        }
    }

    @Test
    void shouldSpreadBlocksOverItsDirectories() {
        Path other = Path.of("/other/cache");
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER).directories(List.of(FOLDER, other)))) {
            for (int block = 0; block < 40; block++) {
                rig.store(block, 100_000);
            }
            for (int block = 0; block < 40; block++) {
                assertEquals(LoadResult.HIT, rig.load(block, 100_000));
            }
        }
        for (Path folder : List.of(FOLDER, other)) {
            assertTrue(disk.logs().stream().filter(each -> each.startsWith(folder)).count() >= 2, disk.logs().toString());
        }
    }

    @Test
    void shouldRefuseADirectoryThatIsInUse() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.settle();
            DiskContext second = TierRig.stepped(disk, FOLDER).conclude();
            assertThrows(IllegalStateException.class, () -> DiskStore.open(second, 0));
        }
    }

    @Test
    void shouldAnswerNothingOnceClosed() {
        TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER));
        rig.close();
        assertEquals(BlockStore.OFF, rig.store.store(1, TierRig.named(1), 0, 0, 1));
        assertEquals(BlockStore.OFF, rig.store.lookup(1, TierRig.named(1), 0));
        assertEquals(BlockStore.OFF, rig.store.load(1, TierRig.named(1), 0, 0, 1, 0));
    }
}
