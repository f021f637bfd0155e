package dev.baton.buffer.slab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.memory.ExtentRun;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.RegionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlabPoolTest {
    private static final long EXTENT_BYTES = 64 << 10;
    private static final long INCARNATION = 0xC0FFEE_00C0FFEEL;

    private final MemoryLedger ledger = new MemoryLedger();
    private final SlabPlan plan =
        new SlabPlan(new long[] {5 * EXTENT_BYTES + 1, 2 * EXTENT_BYTES}, EXTENT_BYTES, 2 * EXTENT_BYTES, 7, Tier.DRAM);

    @TempDir
    private Path temporary;

    @AfterEach
    void leaveNoMemoryBehind() {
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    @Test
    void shouldCutPoolsIntoSlabs() {
        assertEquals(4, plan.slabCount());
        assertEquals(List.of(2, 2, 1, 2), plan.specs().stream().map(spec -> plan.slabExtents(spec.slabId())).toList());
        assertEquals(List.of(0, 0, 0, 1), plan.specs().stream().map(SlabSpec::shard).toList());
        assertEquals(7 * EXTENT_BYTES, plan.lengthBytes());
        assertEquals(5, plan.newAllocator(0).freeCount());
        assertThrows(IllegalArgumentException.class, () -> SlabPlan.even(1, 10));
    }

    @Test
    void shouldMakePrivateFilesAndTakeThemAway() throws IOException {
        Path directory = temporary.resolve("slabs");
        try (SlabPool pool = SlabPool.open(ledger, "test", plan, directory, INCARNATION)) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
            assertEquals(List.of("baton-00c0ffee00c0ffee-0007.slab", "baton-00c0ffee00c0ffee-0008.slab",
                "baton-00c0ffee00c0ffee-0009.slab", "baton-00c0ffee00c0ffee-000a.slab"), names(directory));
            assertEquals(plan.lengthBytes(), ledger.bytes("test"));
            assertEquals(4, pool.slabs().size());
        }
        assertEquals(List.of(), names(directory));
    }

    @Test
    void shouldOpenTheMemoryOfSomeShardsUnderTheNumbersOfAll() throws IOException {
        Path directory = temporary.resolve("slabs");
        try (SlabPool pool = SlabPool.open(ledger, "test", plan, ShardRange.parse("1"), directory, null, INCARNATION)) {
            assertEquals(List.of("baton-00c0ffee00c0ffee-000a.slab"), names(directory));
            assertEquals(2 * EXTENT_BYTES, ledger.bytes("test"));
            assertEquals(List.of(10), pool.slabs().stream().map(slab -> slab.spec().slabId()).toList());
            assertEquals(List.of(false, true), List.of(pool.hasShard(0), pool.hasShard(1)));
            assertEquals(pool.slab(10).address(), pool.checkedAddress(10, 0, EXTENT_BYTES));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(7, 0, EXTENT_BYTES));
        }
        assertEquals(List.of(), names(directory));
    }

    @Test
    void shouldReadShardsAsPeopleWriteThem() {
        assertEquals(new ShardRange(2, 2), ShardRange.parse("2"));
        assertEquals(new ShardRange(0, 3), ShardRange.parse("0-3"));
        assertEquals("0-3", ShardRange.all(4).toString());
        assertEquals("2", ShardRange.parse("2").toString());
        assertEquals(2, ShardRange.parse("2-3").count());
        for (String wrong : new String[] {"", "x", "3-2", "1-2-3", "-1", "1-"}) {
            assertThrows(IllegalArgumentException.class, () -> ShardRange.parse(wrong), wrong);
        }
    }

    @Test
    void shouldFindAddresses() {
        try (SlabPool pool = SlabPool.open(ledger, "test", plan, null, INCARNATION)) {
            long base = pool.slab(8).address();

            assertEquals(base + EXTENT_BYTES, pool.address(8, 1));
            assertEquals(base + EXTENT_BYTES, pool.address(ExtentRun.of(8, 1, 1)));
            assertEquals(base + 3, pool.checkedAddress(8, 3, 2 * EXTENT_BYTES - 3));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(8, 3, 2 * EXTENT_BYTES - 2));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(8, -1, 1));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(8, Long.MAX_VALUE, 1));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(11, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> pool.checkedAddress(6, 0, 1));
        }
    }

    @Test
    void shouldRemoveWhatItMadeWhenItFailsHalfWay() throws IOException {
        Path inTheWay = temporary.resolve("own");
        try (SlabPool first = SlabPool.open(ledger, "first",
            new SlabPlan(new long[] {EXTENT_BYTES}, EXTENT_BYTES, EXTENT_BYTES, 9, Tier.DRAM), inTheWay, INCARNATION)) {
            assertThrows(RegionException.class, () -> SlabPool.open(ledger, "second", plan, inTheWay, INCARNATION));

            assertEquals(0, ledger.bytes("second"));
            assertEquals(1, names(inTheWay).size());
            assertEquals(EXTENT_BYTES, first.slab(9).region().lengthBytes());
        }
    }

    @Test
    void shouldSayWhatIsNeededWhenTheFileSystemIsTooSmall() throws IOException {
        Path directory = temporary.resolve("small");
        SlabPlan huge = new SlabPlan(new long[] {8L << 50}, 1L << 32, 1L << 50, 0, Tier.DRAM);

        IllegalStateException refused = assertThrows(IllegalStateException.class,
            () -> SlabPool.open(ledger, "test", huge, directory, INCARNATION));

        assertTrue(refused.getMessage().contains("neededBytes=" + (8L << 50)), refused::getMessage);
        assertTrue(refused.getMessage().contains("freeBytes="), refused::getMessage);
        assertTrue(refused.getMessage().contains("make the pool smaller"), refused::getMessage);
        assertEquals(List.of(), names(directory));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
