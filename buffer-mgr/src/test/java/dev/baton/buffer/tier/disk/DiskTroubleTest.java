package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.platform.Posix;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that fail, fill up and hang: what is asked of them stops, what is known stays right, and it comes back. */
@Timeout(60)
class DiskTroubleTest {
    private static final Path FOLDER = Path.of("/sim/cache");
    private final SimDisk disk = new SimDisk();

    @Test
    void shouldBecomeReadOnlyWhenAWriteFailsAndWriteAgainAfterAProbe() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            disk.writeError = -Posix.EIO;
            assertEquals(StoreResult.FAILED, rig.store(2, 5000));
            assertEquals(CircuitState.READ_ONLY, rig.stats().circuit());
            assertEquals(BlockStore.OFF, rig.begin(3, 5000, 0));
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
            assertEquals(LoadResult.MISS, rig.load(2, 5000));

            int writes = disk.writeCount;
            rig.nowNs += 4 * TierRig.SECOND_NS;
            rig.settle();
            assertEquals(writes, disk.writeCount, "not asked before its time");
            disk.writeError = 0;
            rig.nowNs += TierRig.SECOND_NS;
            rig.settle();
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
            assertEquals(StoreResult.STORED, rig.store(2, 5000));
            assertEquals(LoadResult.HIT, rig.load(2, 5000));
        }
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.awaitScanned();
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
            assertEquals(LoadResult.HIT, rig.load(2, 5000));
        }
    }

    @Test
    void shouldTurnOffADeviceThatFailsAtEveryProbe() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            disk.writeError = -Posix.EIO;
            rig.store(2, 5000);
            for (int probe = 0; probe < 3; probe++) {
                assertEquals(CircuitState.READ_ONLY, rig.stats().circuit());
                rig.nowNs += 5 * TierRig.SECOND_NS;
                rig.settle();
            }
            assertEquals(CircuitState.OFF, rig.stats().circuit());
            assertEquals(LoadResult.MISS, rig.load(1, 5000));
            disk.writeError = 0;
            rig.nowNs += 5 * TierRig.SECOND_NS;
            rig.settle();
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
            assertEquals(LoadResult.HIT, rig.load(1, 5000));
        }
    }

    @Test
    void shouldTurnOffADeviceWhoseReadsFail() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            for (int block = 0; block < 5; block++) {
                rig.store(block, 5000);
            }
            rig.settle();
            disk.readError = -Posix.EIO;
            for (int block = 0; block < 3; block++) {
                assertEquals(LoadResult.FAILED, rig.load(block, 5000));
            }
            assertEquals(CircuitState.OFF, rig.stats().circuit());
            assertEquals(LoadResult.MISS, rig.load(4, 5000));
            disk.readError = 0;
            rig.nowNs += 5 * TierRig.SECOND_NS;
            rig.settle();
            assertEquals(LoadResult.HIT, rig.load(4, 5000));
        }
    }

    @Test
    void shouldKeepServingOnAFullDeviceAndGiveSpaceBack() {
        disk.capacityBytes = 5 << 20;
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            int stored = 0;
            for (int block = 0; block < 200; block++) {
                long begun = rig.begin(block, 100_000, 0);
                rig.settle();
                if (begun == BlockStore.OFF) {
                    assertEquals(CircuitState.READ_ONLY, rig.stats().circuit());
                    rig.nowNs += 5 * TierRig.SECOND_NS;
                    rig.settle();
                } else if (begun > 0) {
                    stored += rig.stored.get(begun) == StoreResult.STORED ? 1 : 0;
                }
            }
            assertTrue(stored > 150, "stored: " + stored);
            assertTrue(rig.stats().circuitOpened() > 0, "the device was full at least once");
            assertTrue(rig.stats().filesRemoved() > 0, rig.stats().toString());
            long bytes = disk.files.keySet().stream().mapToLong(each -> disk.bytes(each).length).sum();
            assertTrue(bytes <= disk.capacityBytes);
        }
    }

    @Test
    void shouldLeaveAFullDeviceReadOnlyForAsLongAsItIsFull() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            disk.writeError = -Posix.ENOSPC;
            assertEquals(StoreResult.FAILED, rig.store(2, 5000));
            for (int probe = 0; probe < 10; probe++) {
                rig.nowNs += 5 * TierRig.SECOND_NS;
                rig.settle();
                assertEquals(CircuitState.READ_ONLY, rig.stats().circuit());
            }
            assertEquals(BlockStore.OFF, rig.begin(3, 5000, 0));
        }
    }

    @Test
    void shouldAnswerInTimeWhenADeviceHangsAndComeBackWithIt() {
        try (TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER))) {
            rig.store(1, 5000);
            rig.store(2, 5000);
            rig.settle();
            // No I/O thread is stepped: the device does not answer.
            long load = rig.beginLoad(TierRig.named(1), 5000, 0, 50_000_000);
            rig.nowNs += 50_000_000;
            rig.poll();
            assertEquals(LoadResult.LATE, rig.loaded.get(load));
            rig.nowNs += 3 * TierRig.SECOND_NS;
            rig.poll();
            assertEquals(CircuitState.OFF, rig.stats().circuit());
            long second = rig.beginLoad(TierRig.named(2), 5000, 8192, 50_000_000);
            rig.poll();
            assertEquals(LoadResult.MISS, rig.loaded.get(second), "a miss at once");
            assertEquals(BlockStore.OFF, rig.begin(3, 5000, 16384));
            assertEquals(null, rig.released.get(load), "the memory may still be written to");

            rig.settle();
            assertEquals(1, rig.released.get(load));
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
            assertEquals(LoadResult.HIT, rig.load(2, 5000));
        }
    }

    @Test
    void shouldWriteToTheOtherDirectoryWhileOneIsSick() {
        Path sick = Path.of("/sick/cache");
        SickDisk both = new SickDisk(disk, sick);
        try (TierRig rig = new TierRig(TierRig.stepped(both, FOLDER).directories(List.of(FOLDER, sick)))) {
            rig.settle();
            both.isSick = true;
            int stored = 0;
            for (int block = 0; block < 40; block++) {
                stored += rig.store(block, 5000) == StoreResult.STORED ? 1 : 0;
            }
            assertEquals(39, stored, "one write found out");
            assertTrue(both.refusedCount > 0);
        }
    }

    /** Refuses writes below one folder. */
    private static final class SickDisk extends ForwardingDisk {
        private final Path sick;
        private final java.util.Set<Integer> handles = new java.util.HashSet<>();
        boolean isSick;
        int refusedCount;

        SickDisk(DiskIo disk, Path sick) {
            super(disk);
            this.sick = sick;
        }

        @Override
        public int create(Path file, long lengthBytes) {
            int handle = super.create(file, lengthBytes);
            if (file.startsWith(sick)) {
                handles.add(handle);
            }
            return handle;
        }

        @Override
        public long write(int handle, dev.baton.memory.FileVector from, long offset) {
            if (isSick && handles.contains(handle)) {
                refusedCount++;
                return -Posix.EIO;
            }
            return super.write(handle, from, offset);
        }
    }
}
