package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.log.RecordFormat;
import dev.baton.memory.Copier;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever becomes of the files: the right bytes or a miss. {@link TierRig#load} compares every byte of every hit. */
@Timeout(300)
class DiskDamageTest {
    private static final Path FOLDER = Path.of("/sim/cache");
    private static final int BLOCKS = 3;
    private static final int BLOCK_BYTES = 300;
    private static final int MEMORY_BYTES = 64 << 10;
    private static final int FILE_BYTES = 64 << 10;
    private static final int RECORD_BYTES = 8192;
    private static final int USED_BYTES = 4096 + BLOCKS * RECORD_BYTES;
    private static final boolean IS_LONG = "1".equals(System.getenv("BATON_TEST_LONG"));
    private final SimDisk disk = new SimDisk();
    private final Path file = FOLDER.resolve(String.format("%016x.log", 1));
    private byte[] whole;

    private DiskContext small() {
        return TierRig.stepped(disk, FOLDER).fileBytes(FILE_BYTES).spaceBytesMax(4 * FILE_BYTES).entriesMax(64);
    }

    @BeforeEach
    void fill() {
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            for (int block = 0; block < BLOCKS; block++) {
                rig.store(block, BLOCK_BYTES);
            }
        }
        disk.logs().stream().filter(each -> !each.equals(file)).forEach(disk::delete);
        whole = disk.bytes(file);
        assertEquals(FILE_BYTES, whole.length);
        assertNotEquals(0, whole[USED_BYTES - 64], "the last trailer stands where it is looked for");
        assertEquals(0, whole[USED_BYTES]);
    }

    /** Starts on what lies there and loads every block; how many were hits. */
    private int hitsAfterRestart() {
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            int hits = 0;
            for (int block = 0; block < BLOCKS; block++) {
                hits += rig.load(block, BLOCK_BYTES).isHit() ? 1 : 0;
            }
            assertTrue(rig.stats().blocks() >= hits);
            return hits;
        }
    }

    private void only(byte[] bytes) {
        disk.logs().forEach(disk::delete);
        disk.bytes(file, bytes);
    }

    @Test
    void shouldHitNothingWrongWhicheverByteIsFlipped() {
        assertEquals(BLOCKS, hitsAfterRestart());
        SplittableRandom random = new SplittableRandom(5);
        int missed = 0;
        for (int at = 0; at < USED_BYTES; at++) {
            // Between what is written and the next block of 4 KiB lie zeros that nothing is read from: a few of them do.
            boolean isRead = whole[at] != 0 || at % 4096 < BLOCK_BYTES || at % 4096 >= 4032;
            if (IS_LONG || (isRead ? at % 3 == 0 : at % 211 == 0)) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                only(flipped);
                int hits = hitsAfterRestart();
                assertTrue(hits >= (at < 4096 ? 0 : at < 4096 + RECORD_BYTES ? 0 : at < 4096 + 2 * RECORD_BYTES ? 1 : 2),
                    "a record before the flipped byte at " + at + " is gone: hits=" + hits);
                missed += BLOCKS - hits;
            }
        }
        assertTrue(missed > BLOCK_BYTES, "flipped bytes were noticed: missed=" + missed);
    }

    @Test
    void shouldHitNothingWrongWhereverAFileIsCut() {
        for (int length = 0; length <= USED_BYTES; length += IS_LONG || length % 4096 < 4 || length % 4096 > 4090 ? 1 : 29) {
            only(Arrays.copyOf(whole, length));
            assertEquals(Math.max(0, length - 4096) / RECORD_BYTES, hitsAfterRestart(), "length " + length);
        }
    }

    @Test
    void shouldHitNothingWrongWhenFilesAreSwapped() {
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            for (int block = BLOCKS; block < 9; block++) {
                rig.store(block, BLOCK_BYTES);
            }
        }
        List<Path> logs = disk.logs();
        byte[] first = disk.bytes(logs.get(0));
        disk.bytes(logs.get(0), disk.bytes(logs.get(1)));
        disk.bytes(logs.get(1), first);
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            for (int block = 0; block < 9; block++) {
                assertEquals(LoadResult.MISS, rig.load(block, BLOCK_BYTES));
            }
            assertEquals(2, rig.stats().corrupt());
            assertEquals(LoadResult.HIT, storedAnew(rig));
        }
    }

    private static LoadResult storedAnew(TierRig rig) {
        rig.store(50, BLOCK_BYTES);
        return rig.load(50, BLOCK_BYTES);
    }

    @Test
    void shouldNotTakeARecordForAnotherOneThatItWasCopiedOver() {
        byte[] misplaced = whole.clone();
        System.arraycopy(whole, 4096, misplaced, 4096 + RECORD_BYTES, RECORD_BYTES);
        only(misplaced);
        assertEquals(1, hitsAfterRestart());
    }

    /** A tenant stores what looks like a record under another one's name, and then the real record around it breaks. */
    @ParameterizedTest(name = "salt guessed {0}: {1}")
    @CsvSource({"4712, MISS", "4711, HIT"})
    void shouldNotTakeAPayloadThatLooksLikeARecordForOne(long guessedSalt, LoadResult expected) {
        disk.logs().forEach(disk::delete);
        try (TierRig rig = new TierRig(small().salts(() -> 4711), MEMORY_BYTES)) {
            rig.settle();
            Copier copier = Copier.java();
            long payload = rig.memory.address();
            UnsafeBuffer header = new UnsafeBuffer(payload, 4096);
            UnsafeBuffer trailer = new UnsafeBuffer(payload + RECORD_BYTES - 64, 64);
            rig.memory.segment().asSlice(4096, BLOCK_BYTES).copyFrom(MemorySegment.ofArray(TierRig.bytesOf(2, BLOCK_BYTES)));
            int crc = copier.crc(payload + 4096, BLOCK_BYTES, 0);
            RecordFormat.writeHeader(header, TierRig.named(2), 0, BLOCK_BYTES, crc, guessedSalt, RECORD_BYTES, 1, copier);
            RecordFormat.writeTrailer(trailer, header, copier);
            assertEquals(BlockStore.ACCEPTED, rig.store.store(1000, TierRig.named(9), 0, payload, RECORD_BYTES));
            rig.settle();
            rig.store(10, BLOCK_BYTES);
        }
        byte[] broken = disk.bytes(file).clone();
        broken[4096] ^= 1;
        disk.bytes(file, broken);
        disk.bytes(FOLDER.resolve(String.format("%016x.log", 99)), new byte[FILE_BYTES]);
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            assertEquals(LoadResult.HIT, rig.load(10, BLOCK_BYTES), "what follows the broken record is found");
            assertEquals(expected, rig.load(2, BLOCK_BYTES));
        }
    }

    @Test
    void shouldSkipBadRecordsButStopAtTheFirstOneOfTheLastFile() {
        byte[] damaged = whole.clone();
        damaged[4096 + RECORD_BYTES] ^= 1;
        only(damaged);
        assertEquals(1, hitsAfterRestart(), "last file");

        only(damaged);
        disk.bytes(FOLDER.resolve(String.format("%016x.log", 7)), new byte[FILE_BYTES]);
        assertEquals(2, hitsAfterRestart(), "a file before the last");
    }

    @Test
    void shouldMissWhatRotsWhileItRuns() {
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            byte[] live = disk.bytes(file);
            live[8192 + 17] ^= 4;
            assertEquals(BLOCK_BYTES, rig.lookup(0));
            assertEquals(LoadResult.CORRUPT, rig.load(0, BLOCK_BYTES));
            assertEquals(LoadResult.MISS, rig.load(0, BLOCK_BYTES), "it is not offered again");
            assertEquals(-1, rig.lookup(0));
            assertEquals(LoadResult.HIT, rig.load(1, BLOCK_BYTES));
            rig.settle();
            assertEquals(1, rig.stats().quarantined());
            assertEquals(1, disk.files.keySet().stream().filter(each -> each.startsWith(FOLDER.resolve("quarantine"))).count());
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
        }
    }

    @Test
    void shouldBoundTheQuarantine() {
        try (TierRig rig = new TierRig(small().fileBytes(1 << 20).spaceBytesMax(8 << 20), MEMORY_BYTES)) {
            for (int block = 10; block < 50; block++) {
                rig.store(block, BLOCK_BYTES);
                Path log = disk.logs().stream().filter(each -> disk.bytes(each).length == 1 << 20).findFirst().orElseThrow();
                disk.bytes(log)[4096 + (block - 10) * RECORD_BYTES + 4096] ^= 1;
                assertEquals(LoadResult.CORRUPT, rig.load(block, BLOCK_BYTES));
                rig.settle();
                rig.nowNs += 61 * TierRig.SECOND_NS;
            }
            assertEquals(40, rig.stats().quarantined());
            assertEquals(16, disk.files.keySet().stream().filter(each -> each.startsWith(FOLDER.resolve("quarantine"))).count());
        }
    }

    @Test
    void shouldOpenItsCircuitAtThreeBadRecordsInAMinute() {
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.awaitScanned();
            byte[] live = disk.bytes(file);
            for (int block = 0; block < BLOCKS; block++) {
                assertEquals(CircuitState.WORKING, rig.stats().circuit());
                live[4096 + block * RECORD_BYTES + 4096] ^= 1;
                assertEquals(LoadResult.CORRUPT, rig.load(block, BLOCK_BYTES));
                rig.nowNs += 20 * TierRig.SECOND_NS;
            }
            assertEquals(CircuitState.OFF, rig.stats().circuit());
            rig.nowNs += 5 * TierRig.SECOND_NS;
            rig.settle();
            assertEquals(CircuitState.WORKING, rig.stats().circuit(), "a probe wrote and read");
        }
    }

    @Test
    void shouldMissWhatWasTornOrMisdirectedAtTheNextStart() {
        disk.logs().forEach(disk::delete);
        try (TierRig rig = new TierRig(small(), MEMORY_BYTES)) {
            rig.store(0, BLOCK_BYTES);
            rig.settle();
            disk.tornBytes = 5000;
            rig.store(1, BLOCK_BYTES);
            disk.misdirectedBytes = RECORD_BYTES;
            rig.store(2, BLOCK_BYTES);
            rig.settle();
            assertEquals(LoadResult.CORRUPT, rig.load(1, BLOCK_BYTES));
            assertEquals(LoadResult.CORRUPT, rig.load(2, BLOCK_BYTES));
        }
        assertEquals(1, hitsAfterRestart());
    }
}
