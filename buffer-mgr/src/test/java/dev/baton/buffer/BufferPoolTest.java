package dev.baton.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.StagedRequest;
import dev.baton.buffer.slab.PoolSpaceException;
import dev.baton.buffer.slab.Tier;
import dev.baton.memory.ExtentRun;
import dev.baton.memory.MemoryLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BufferPoolTest {
    private static final int EXTENT_BYTES = 128 << 10;
    private static final long GRAIN_BYTES = 64 << 10;
    private static final long INCARNATION = 0xC0FFEE_00C0FFEEL;
    private static final long POOL_BYTES = 2 * 8L * EXTENT_BYTES;
    private static final long WINDOW_BYTES = 3 * GRAIN_BYTES;
    private static final long WHOLE_BYTES = 5 * GRAIN_BYTES;

    private final MemoryLedger ledger = new MemoryLedger();

    @TempDir
    private Path temporary;

    @AfterEach
    void leaveNoMemoryBehind() {
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    private BufferPool both(Path directory) {
        return new BufferPool().stage(WINDOW_BYTES, WHOLE_BYTES, GRAIN_BYTES).reserve(2, POOL_BYTES / 2, EXTENT_BYTES, 4,
            directory);
    }

    @Test
    void shouldCarveStagingOutOfTheOnePool() throws IOException {
        Path directory = temporary.resolve("pool");
        try (BufferPool pool = both(directory).open(ledger, INCARNATION)) {
            assertEquals(Map.of("pool", POOL_BYTES), ledger.snapshot());
            assertEquals(POOL_BYTES, pool.total().totalBytes());
            assertEquals(POOL_BYTES, pool.total().freeBytes());
            assertEquals(POOL_BYTES - WINDOW_BYTES - WHOLE_BYTES, pool.slabs().plan().lengthBytes());
            assertEquals(List.of("baton-00c0ffee00c0ffee-0000.slab", "baton-00c0ffee00c0ffee-0001.slab",
                "baton-00c0ffee00c0ffee-0002.slab", "baton-00c0ffee00c0ffee-0003.slab"), names(directory));
            assertSame(pool, pool.open(ledger, INCARNATION));
        }
        assertEquals(List.of(), names(directory));
    }

    @Test
    void shouldKeepEachShareWhateverTheOthersTake() {
        try (BufferPool pool = both(null).open(ledger, INCARNATION)) {
            while (pool.staging().window().allocate(0, GRAIN_BYTES) != ExtentRun.NONE) {
                assertTrue(pool.staging().window().usedCount(0) <= 3);
            }
            StagedRequest whole = new StagedRequest(1);
            assertTrue(pool.staging().whole().tryStage(whole, new int[] {5}, new long[] {GRAIN_BYTES}));
            assertFalse(pool.staging().whole().tryStage(new StagedRequest(1), new int[] {1}, new long[] {GRAIN_BYTES}));

            long staged = WINDOW_BYTES + WHOLE_BYTES;
            assertEquals(new ShareStats(POOL_BYTES, POOL_BYTES - staged, staged, 0, 0, 0), pool.total());
            Map<String, Object> stats = pool.stats();
            assertEquals(List.of("totalBytes", "freeBytes", "ownedBytes", "sealedBytes", "evictableBytes",
                "quarantinedBytes", "reservations", "window", "wholeStaging"), List.copyOf(stats.keySet()));
            assertEquals(new ShareStats(WINDOW_BYTES, 0, WINDOW_BYTES, 0, 0, 0).describe(), stats.get("window"));
            assertEquals(new ShareStats(WHOLE_BYTES, 0, WHOLE_BYTES, 0, 0, 0).describe(), stats.get("wholeStaging"));
            assertEquals(new ShareStats(POOL_BYTES - staged, POOL_BYTES - staged, 0, 0, 0, 0).describe(),
                stats.get("reservations"));

            pool.staging().whole().release(whole);
            assertEquals(WINDOW_BYTES, pool.total().ownedBytes());
        }
    }

    /** Kept units are cache: sealed, and evictable but for those that somebody uses. Numbers of different moments add up all the same. */
    @Test
    void shouldShowWhatStagingKeepsAsSealed() {
        try (BufferPool pool = both(null).open(ledger, INCARNATION)) {
            int[] kept = {2};
            pool.staging().window().keeping(() -> kept[0], () -> 1);
            assertTrue(pool.staging().window().allocate(0, GRAIN_BYTES) != ExtentRun.NONE);
            long second = pool.staging().window().allocate(0, 2 * GRAIN_BYTES);
            assertTrue(second != ExtentRun.NONE);
            assertEquals(new ShareStats(WINDOW_BYTES, WINDOW_BYTES - 3 * GRAIN_BYTES, GRAIN_BYTES, 2 * GRAIN_BYTES, GRAIN_BYTES, 0).describe(),
                pool.stats().get("window"));
            kept[0] = 9;
            assertEquals(new ShareStats(WINDOW_BYTES, WINDOW_BYTES - 3 * GRAIN_BYTES, 0, 3 * GRAIN_BYTES, 2 * GRAIN_BYTES, 0).describe(),
                pool.stats().get("window"));

            StagedRequest whole = new StagedRequest(1);
            assertTrue(pool.staging().whole().tryStage(whole, new int[] {2}, new long[] {GRAIN_BYTES}));
            pool.staging().whole().free(0, whole.unit(0, 0));
            assertEquals(1, pool.staging().whole().usedCount(0));
        }
    }

    @Test
    void shouldGiveEachByteToOneShareOnly() {
        try (BufferPool pool = both(null).open(ledger, INCARNATION)) {
            List<Long> starts = Stream.of(pool.slabs(), pool.windowMemory(), pool.wholeMemory())
                .flatMap(memory -> memory.slabs().stream()).map(slab -> slab.address()).toList();
            List<Integer> ids = Stream.of(pool.slabs(), pool.windowMemory(), pool.wholeMemory())
                .flatMap(memory -> memory.slabs().stream()).map(slab -> slab.spec().slabId()).toList();
            assertEquals(List.of(0, 1, 2, 3), ids);
            assertEquals(4, Set.copyOf(starts).size());
            assertNotEquals(pool.windowMemory().address(2, 0), pool.wholeMemory().address(3, 0));
        }
    }

    @Test
    void shouldKeepTheSpillTierInItsOwnDirectory() throws IOException {
        Path directory = temporary.resolve("pool");
        Path spill = temporary.resolve("spill");
        long spillBytes = 2 * 3L * EXTENT_BYTES;
        try (BufferPool pool = both(directory).spill(spillBytes / 2 + 1, spill).open(ledger, INCARNATION)) {
            assertEquals(List.of("baton-00c0ffee00c0ffee-0000.slab", "baton-00c0ffee00c0ffee-0001.slab",
                "baton-00c0ffee00c0ffee-0004.slab", "baton-00c0ffee00c0ffee-0005.slab"), names(directory));
            assertEquals(List.of("baton-00c0ffee00c0ffee-0002.slab", "baton-00c0ffee00c0ffee-0003.slab"), names(spill));
            assertEquals(POOL_BYTES + spillBytes, pool.total().totalBytes());
            assertNotEquals(pool.slabs().address(0, 0), pool.slabs().address(2, 0));

            Reservation fast = pool.reservations().open(1, 1, 1, 0, new int[] {4, 1});
            Reservation slow = pool.reservations().open(1, 1, 2, 0, new int[] {3, 1});
            assertTrue(pool.reservations().tryGrant(fast));
            assertTrue(pool.reservations().tryGrant(slow));
            assertEquals(Tier.DISK, slow.tierOrNull());
            Map<String, Object> stats = pool.stats();
            long reserved = POOL_BYTES - WINDOW_BYTES - WHOLE_BYTES;
            long owned = 5 * EXTENT_BYTES;
            assertEquals(new ShareStats(reserved / EXTENT_BYTES / 2 * 2 * EXTENT_BYTES,
                reserved / EXTENT_BYTES / 2 * 2 * EXTENT_BYTES - owned, owned, 0, 0, 0).describe(), stats.get("reservations"));
            owned = 4 * EXTENT_BYTES;
            assertEquals(new ShareStats(spillBytes, spillBytes - owned, owned, 0, 0, 0).describe(), stats.get("spill"));
            assertEquals(9L * EXTENT_BYTES, stats.get("ownedBytes"));
        }
        assertEquals(List.of(), names(spill));
    }

    @Test
    void shouldHaveOnlyTheSharesOfItsRoles() {
        try (BufferPool sender = new BufferPool().stage(WINDOW_BYTES, WHOLE_BYTES, GRAIN_BYTES).open(ledger, INCARNATION)) {
            assertEquals(WINDOW_BYTES + WHOLE_BYTES, sender.total().totalBytes());
            assertNull(sender.reservations());
        }
        try (BufferPool receiver = new BufferPool().reserve(2, POOL_BYTES / 2, EXTENT_BYTES, 4, null)
            .open(ledger, INCARNATION)) {
            assertEquals(POOL_BYTES, receiver.total().totalBytes());
            assertNull(receiver.staging());
        }
    }

    @Test
    void shouldRefuseStagingThatLeavesNothingForReservations() {
        BufferPool pool = new BufferPool().reserve(2, EXTENT_BYTES, EXTENT_BYTES, 4, null)
            .stage(GRAIN_BYTES, GRAIN_BYTES, GRAIN_BYTES);

        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> pool.open(ledger, INCARNATION));

        assertTrue(refused.getMessage().contains("poolBytes=262144 windowBytes=65536 wholeStagingBytes=65536 shards=2"),
            refused::getMessage);
        assertThrows(IllegalStateException.class, () -> pool.stage(GRAIN_BYTES, GRAIN_BYTES, GRAIN_BYTES));
    }

    @Test
    void shouldNameTheWholePoolWhereTheFileSystemIsTooSmall() throws IOException {
        Path directory = temporary.resolve("small");
        long hugeBytes = 16L << 40;
        BufferPool pool = new BufferPool().reserve(1, hugeBytes, 1 << 30, 4, directory)
            .stage(1L << 40, 1L << 40, GRAIN_BYTES * 1024);

        PoolSpaceException refused = assertThrows(PoolSpaceException.class, () -> pool.open(ledger, INCARNATION));

        assertTrue(refused.getMessage().contains("neededBytes=" + hugeBytes), refused::getMessage);
        assertEquals(List.of(), names(directory));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
