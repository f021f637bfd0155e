package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.TimeToLive;

/** Blocks that are too old, by a wall clock that the test moves. */
@Timeout(60)
class DiskTimeToLiveTest {
    private static final Path FOLDER = Path.of("/sim/cache");
    private static final long TTL_MS = 60_000;
    private static final long BEGAN_MS = 1_790_000_000_000L;
    private static final int BLOCK_BYTES = 5000;
    private final SimDisk disk = new SimDisk();
    private long wallMs = BEGAN_MS;

    private DiskContext kept(long ttlMs) {
        return TierRig.stepped(disk, FOLDER).timeToLive(new TimeToLive(ttlMs, () -> wallMs));
    }

    /** So that no pass over the index comes between: the store's own clock stands still. */
    @Test
    void shouldMissABlockFromTheMomentThatItsTimeIsOver() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.store(1, BLOCK_BYTES);
            wallMs = BEGAN_MS + TTL_MS - 1;
            assertEquals(BLOCK_BYTES, rig.lookup(1));
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
            assertEquals(StoreResult.PRESENT, rig.store(1, BLOCK_BYTES));

            wallMs = BEGAN_MS + TTL_MS;
            assertEquals(-1, rig.lookup(1));
            assertEquals(LoadResult.MISS, rig.load(1, BLOCK_BYTES));
            assertEquals(1, rig.stats().blocksExpired());
            assertEquals(0, rig.stats().blocksEvicted(), "expired is a reason of its own");
            assertEquals(0, rig.stats().blocks());
            assertEquals(TTL_MS, rig.stats().ttlMs());
            assertEquals(StoreResult.STORED, rig.store(1, BLOCK_BYTES), "it begins anew");
            wallMs += TTL_MS - 1;
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
        }
    }

    @Test
    void shouldStoreAnewWhatIsAskedForByNobodyButItsStore() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.store(1, BLOCK_BYTES);
            wallMs += TTL_MS;
            assertEquals(StoreResult.STORED, rig.store(1, BLOCK_BYTES));
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
        }
    }

    @Test
    void shouldDropWhatNobodyAsksForAndTheFilesItLayIn() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            for (int block = 0; block < 40; block++) {
                rig.store(block, 100_000);
            }
            rig.settle();
            long fullBytes = rig.stats().spaceBytes();
            int blocks = (int) rig.stats().blocks();
            wallMs += TTL_MS;
            rig.nowNs += TimeUnit.MILLISECONDS.toNanos(TTL_MS);
            rig.settle();
            assertEquals(blocks, rig.stats().blocksExpired());
            assertEquals(0, rig.stats().blocks());
            assertTrue(rig.stats().spaceBytes() < fullBytes && rig.stats().spaceBytes() <= 2 << 20, rig.stats().toString());
            assertTrue(disk.logs().size() <= 2, "one is written, one stands ready: " + disk.logs());
        }
    }

    @Test
    void shouldCountFromWhenABlockWasStoredWhateverWasRestartedSince() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.store(1, BLOCK_BYTES);
            wallMs += TTL_MS / 2;
            rig.store(2, BLOCK_BYTES);
        }
        wallMs = BEGAN_MS + TTL_MS;
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.awaitScanned();
            assertEquals(1, rig.stats().blocks());
            assertEquals(1, rig.stats().blocksExpired());
            assertEquals(LoadResult.MISS, rig.load(1, BLOCK_BYTES));
            assertEquals(LoadResult.HIT, rig.load(2, BLOCK_BYTES));
            wallMs += TTL_MS / 2;
            assertEquals(LoadResult.MISS, rig.load(2, BLOCK_BYTES));
        }
    }

    /** The records tell when; how long is up to whoever reads. */
    @Test
    void shouldKeepTimesThatWereWrittenWithoutALimit() {
        try (TierRig rig = new TierRig(kept(0))) {
            rig.store(1, BLOCK_BYTES);
            wallMs += 1000 * TTL_MS;
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
        }
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.awaitScanned();
            assertEquals(LoadResult.MISS, rig.load(1, BLOCK_BYTES));
        }
    }

    @Test
    void shouldKeepTheTimeOfABlockThatWasMoved() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            for (int block = 0; block < 100; block++) {
                rig.store(block, 100_000);
                if (block % 9 == 4) {
                    assertEquals(LoadResult.HIT, rig.load(block, 100_000));
                }
            }
            rig.settle();
            assertTrue(rig.stats().blocksMoved() >= 3, rig.stats().toString());
        }
        wallMs = BEGAN_MS + TTL_MS - 1;
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.awaitScanned();
            assertEquals(LoadResult.HIT, rig.load(13, 100_000), "moved, by DiskStoreTest's plan");
            wallMs++;
            assertEquals(LoadResult.MISS, rig.load(13, 100_000));
        }
    }

    /** The clock goes anywhere between any two steps, and the process is restarted now and then. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldNeverHaveWrongBytesWhateverTheClockDoes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int hits = 0;
        for (int life = 0; life < 6; life++) {
            try (TierRig rig = new TierRig(kept(1 + random.nextLong(2 * TTL_MS)))) {
                for (int step = 0; step < 150; step++) {
                    wallMs = Math.max(0, wallMs + random.nextLong(-TTL_MS / 4, TTL_MS / 4) * (random.nextInt(20) == 0 ? 1000 : 1));
                    rig.nowNs += random.nextLong(TimeUnit.SECONDS.toNanos(1));
                    int block = random.nextInt(30);
                    if (random.nextBoolean()) {
                        rig.store(block, 1000 * block + 1);
                    } else {
                        hits += rig.load(block, 1000 * block + 1).isHit() ? 1 : 0;   // compares every byte
                    }
                }
            }
        }
        assertTrue(hits > 20, "seed=" + seed + " hits=" + hits);
    }

    /** A clock that went back: the block is one from the future, which is as good as new. */
    @Test
    void shouldKeepABlockFromTheFutureUntilItsOwnTimeIsOver() {
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.store(1, BLOCK_BYTES);
            wallMs = BEGAN_MS - 10 * TTL_MS;
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
            wallMs = BEGAN_MS + TTL_MS - 1;
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
            wallMs++;
            assertEquals(LoadResult.MISS, rig.load(1, BLOCK_BYTES));
        }
    }

    @Test
    void shouldReadRecordsOfTheVersionWithoutTimesUnlessBlocksEnd() {
        storeTen();
        disk.logs().forEach(file -> disk.bytes(file, version(disk.bytes(file).clone(), 1)));
        try (TierRig rig = new TierRig(kept(0))) {
            rig.awaitScanned();
            for (int block = 0; block < 10; block++) {
                assertEquals(LoadResult.HIT, rig.load(block, BLOCK_BYTES));
            }
            assertEquals(0, rig.stats().corrupt());
        }
        try (TierRig rig = new TierRig(kept(TTL_MS))) {
            rig.awaitScanned();
            assertEquals(LoadResult.MISS, rig.load(3, BLOCK_BYTES), "nobody knows how old it is");
            assertEquals(10, rig.stats().blocksExpired());
        }
    }

    @Test
    void shouldRefuseFilesOfAVersionThatItDoesNotKnow() {
        storeTen();
        disk.logs().forEach(file -> disk.bytes(file, version(disk.bytes(file).clone(), 3)));
        try (TierRig rig = new TierRig(kept(0))) {
            rig.awaitScanned();
            assertEquals(0, rig.stats().blocks());
            assertTrue(rig.stats().corrupt() > 0, "it is told");
            assertEquals(LoadResult.MISS, rig.load(3, BLOCK_BYTES));
        }
    }

    private void storeTen() {
        try (TierRig rig = new TierRig(kept(0))) {
            for (int block = 0; block < 10; block++) {
                rig.store(block, BLOCK_BYTES);
            }
        }
    }

    /** The file as that version would have it: version 1 has no time, and its CRC in its place. */
    private static byte[] version(byte[] file, int version) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(8, version).putInt(32, crc(file, 0, 32));
        int recordBytes = 3 * 4096;
        for (int at = 4096; at + recordBytes <= file.length && bytes.getInt(at + 8) == 2; at += recordBytes) {
            int crcAt = version == 1 ? 112 : 120;
            bytes.putInt(at + 8, version);
            if (version == 1) {
                bytes.putLong(at + 112, 0).putLong(at + 120, 0);
            }
            int headerCrc = crc(file, at, crcAt);
            int trailer = at + recordBytes - 64;
            bytes.putInt(at + crcAt, headerCrc).putInt(trailer + 36, headerCrc).putInt(trailer + 40, crc(file, trailer, 40));
        }
        return file;
    }

    private static int crc(byte[] bytes, int offset, int lengthBytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, lengthBytes);
        return (int) crc.getValue();
    }
}
