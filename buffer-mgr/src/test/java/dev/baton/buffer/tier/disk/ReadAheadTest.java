package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {
    private static final Path FOLDER = Path.of("/sim/cache");
    private static final int BLOCK_BYTES = 20_000;
    private static final int BLOCKS = 8;

    private final SimDisk disk = new SimDisk();

    private TierRig filled(int slots, long slotBytes) {
        TierRig rig = new TierRig(TierRig.stepped(disk, FOLDER).readAhead(slots, slotBytes));
        for (int block = 0; block < BLOCKS; block++) {
            rig.store(block, BLOCK_BYTES);
        }
        rig.settle();
        return rig;
    }

    private static void announce(TierRig rig, int from, int to) {
        UnsafeBuffer names = new UnsafeBuffer(new byte[(to - from) * BlockName.LENGTH_BYTES]);
        for (int block = from; block < to; block++) {
            names.putBytes((block - from) * BlockName.LENGTH_BYTES, TierRig.named(block), 0, BlockName.LENGTH_BYTES);
        }
        rig.store.readAhead(names, 0, to - from);
    }

    @Test
    void shouldServeAnAnnouncedChainFromMemory() {
        try (TierRig rig = filled(2, BLOCK_BYTES)) {
            announce(rig, 0, BLOCKS);
            rig.settle();
            for (int block = 0; block < BLOCKS; block++) {
                int reads = disk.readCount;
                long load = rig.beginLoad(TierRig.named(block), BLOCK_BYTES, 0, Long.MAX_VALUE);
                rig.store.stepIo();
                rig.poll();
                assertEquals(LoadResult.HIT, rig.loaded.get(load), "it was there already: block " + block);
                assertEquals(reads, disk.readCount);
                rig.settle();
                assertEquals(Math.min(BLOCKS, block + 3), disk.readCount, "only as far ahead as there is room");
            }
            assertEquals(BLOCKS, rig.stats().readAheadHits());
            assertEquals(BLOCKS, rig.stats().hits());
        }
    }

    @Test
    void shouldReadABlockOnceThatIsAskedForWhileItIsRead() {
        try (TierRig rig = filled(1, BLOCK_BYTES)) {
            announce(rig, 3, 4);
            rig.poll();
            int reads = disk.readCount;
            assertEquals(LoadResult.HIT, rig.load(3, BLOCK_BYTES));
            assertEquals(reads + 1, disk.readCount);
            assertEquals(1, rig.stats().readAheadHits());
        }
    }

    @Test
    void shouldReleaseALateLoadThatWaitsForABlock() {
        try (TierRig rig = filled(1, BLOCK_BYTES)) {
            announce(rig, 3, 4);
            rig.poll();
            long load = rig.beginLoad(TierRig.named(3), BLOCK_BYTES, 0, 50_000_000);
            rig.nowNs += 50_000_000;
            rig.poll();
            assertEquals(LoadResult.LATE, rig.loaded.get(load));
            rig.settle();
            assertEquals(1, rig.released.get(load));
            assertEquals(LoadResult.HIT, rig.load(3, BLOCK_BYTES));
        }
    }

    @Test
    void shouldMakeRoomForOthersWhenNobodyAsks() {
        try (TierRig rig = filled(1, BLOCK_BYTES)) {
            announce(rig, 0, 1);
            rig.settle();
            announce(rig, 1, 2);
            rig.settle();
            rig.nowNs += 6 * TierRig.SECOND_NS;
            rig.settle();
            int reads = disk.readCount;
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
            assertEquals(reads, disk.readCount, "block 1 took the place of block 0");
            assertEquals(LoadResult.HIT, rig.load(0, BLOCK_BYTES));
            assertEquals(1, rig.stats().readAheadHits());
        }
    }

    @Test
    void shouldNotReadAheadWhatIsTooLongOrNotThere() {
        try (TierRig rig = filled(2, BLOCK_BYTES - 1)) {
            announce(rig, 0, BLOCKS + 10);
            int reads = disk.readCount;
            rig.settle();
            assertEquals(reads, disk.readCount);
            assertEquals(LoadResult.HIT, rig.load(0, BLOCK_BYTES));
        }
    }

    @Test
    void shouldStrikeOnceForABadBlockThatALoadWaitsFor() {
        try (TierRig rig = filled(1, BLOCK_BYTES)) {
            Path log = disk.logs().getFirst();
            disk.bytes(log)[4096 + 4096 + 5] ^= 1;
            announce(rig, 0, 1);
            rig.poll();
            assertEquals(LoadResult.CORRUPT, rig.load(0, BLOCK_BYTES));
            assertEquals(1, rig.stats().corrupt());
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
            assertEquals(LoadResult.MISS, rig.load(0, BLOCK_BYTES));
        }
    }
}
