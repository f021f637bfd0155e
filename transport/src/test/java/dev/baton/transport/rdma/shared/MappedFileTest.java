package dev.baton.transport.rdma.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In which file memory lies, as the kernel's list of mappings tells. */
class MappedFileTest {
    private static final List<String> LINES = List.of(
        "1000-3000 rw-s 00004000 00:17 42                         /dev/shm/b/baton-0000000000000007-0000.slab",
        "3000-4000 rw-s 00006000 00:17 42                         /dev/shm/b/baton-0000000000000007-0000.slab",
        "4000-5000 rw-s 00000000 00:17 42                         /dev/shm/b/baton-0000000000000007-0000.slab",
        "5000-6000 rw-p 00000000 00:17 43                         /dev/shm/b/private",
        "6000-7000 rw-p 00000000 00:00 0 ",
        "7000-8000 rw-s 00000000 00:17 44                         /dev/shm/b/gone (deleted)",
        "ffff0000-ffff8000 rw-s 00001000 00:17 45                 /dev/shm/a folder/f");

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}, {1} bytes: {2}")
    @CsvSource(nullValues = "none", value = {
        "1000, 1, 4000", "1000, 2000, 4000", "1800, 800, 4800", "2fff, 1001, 5fff", "1000, 3000, 4000", "3000, 1000, 6000",
        "1000, 3001, none", "3800, 1000, none", "4000, 1000, 0", "5000, 10, none", "6000, 10, none", "7000, 10, none",
        "800, 10, none", "8000, 10, none", "ffff7fff, 1, 8fff", "ffff7fff, 2, none"})
    void shouldFindTheFileOfTheWholeRange(String address, String lengthBytes, String offset) {
        MappedFile file = MappedFile.ofOrNull(LINES, Long.parseLong(address, 16), Long.parseLong(lengthBytes, 16));
        if (offset == null) {
            assertNull(file);
        } else {
            assertEquals(Long.parseLong(offset, 16), file.offset());
        }
    }

    @Test
    void shouldFindMemoryOfThisProcess() throws IOException {
        Path folder = Regions.privateDirectory(directory.resolve("b"));
        try (Region region = Regions.createFile(new MemoryLedger(), "test", folder.resolve("f"), 100_000);
            Region nowhere = Regions.anonymous(new MemoryLedger(), "test", 100_000)) {
            assertEquals(new MappedFile(folder.resolve("f").toRealPath(), 4097), MappedFile.ofOrNull(region.address() + 4097, 90_000));
            assertNull(MappedFile.ofOrNull(nowhere.address(), 100_000));
        }
    }
}
