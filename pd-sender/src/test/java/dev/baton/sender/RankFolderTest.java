package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.Rank;
import dev.baton.transport.session.HandoffId;

/** Ranks of a command line find each other by a folder, and hand grants on there that nobody else may read. */
@Timeout(60)
class RankFolderTest {
    private static final HandoffSpec ALONE = HandoffSpec.destinationFirst(new HandoffId(0, 1, 2, 0), 0, 64);

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("ranks");
    }

    @Test
    void shouldMeetAndHandGrantsOnOnce() throws Exception {
        try (RankFolder second = new RankFolder(folder(), 1, 2, 4); RankFolder first = new RankFolder(folder(), 0, 2, 4)) {
            CompletableFuture<Long> told = CompletableFuture.supplyAsync(() -> second.meet(0x22, 5, 30));
            assertEquals(77, first.meet(0x11, 77, 30));
            assertEquals(77, told.get(30, TimeUnit.SECONDS));
            assertEquals(List.of(new Rank(0x11, new ShardRange(0, 1)), new Rank(0x22, new ShardRange(2, 3))), first.spec(ALONE).ranks());
            assertTrue(second.spec(ALONE).isJoining());
            assertEquals(new ShardRange(2, 3), second.shardsHere(4));
            assertNull(second.grantOrNull(3));
            first.handOn(3, 1, new byte[] {1, 2});
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().resolve("grant-1-3"))));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())));
            assertNull(second.grantOrNull(4));
            assertArrayEquals(new byte[] {1, 2}, second.grantOrNull(3));
            assertNull(second.grantOrNull(3));
        }
        try (Stream<Path> left = Files.list(folder())) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldNotLookForGrantsInEveryCycle() {
        try (RankFolder ranks = new RankFolder(folder(), 1, 2, 2)) {
            long now = Long.MAX_VALUE - 10;
            assertTrue(ranks.isTimeToLook(now));
            assertTrue(!ranks.isTimeToLook(now + 999_999));
            assertTrue(ranks.isTimeToLook(now + 1_000_000));
        }
    }

    @Test
    void shouldNotUseAFolderOfAnotherRun() {
        try (RankFolder crashed = new RankFolder(folder(), 1, 2, 2)) {
            assertThrows(IllegalStateException.class, () -> crashed.meet(1, 2, 0), "rank 0 never came");
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> new RankFolder(folder(), 1, 2, 2));
            assertTrue(refused.getMessage().contains("rank-dir"), refused.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 3, 4", "2, 2, 4", "-1, 2, 4", "0, 8, 4"})
    void shouldRefuseRanksThatCannotShareTheShards(int rank, int ranks, int shards) {
        assertThrows(IllegalArgumentException.class, () -> new RankFolder(folder(), rank, ranks, shards));
    }
}
