package dev.baton.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.platform.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileVectorTest {
    private final MemorySegment memory = Arena.ofAuto().allocate(10_000);
    private final byte[] expected = new byte[10_000];
    private final FileVector vector = new FileVector(3);
    @TempDir
    private Path folder;
    private Path file;
    private int descriptor;

    @BeforeEach
    void open() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
        new Random(1).nextBytes(expected);
        memory.copyFrom(MemorySegment.ofArray(expected));
        file = folder.resolve("file");
        descriptor = Posix.open(file, Posix.O_RDWR | Posix.O_CREAT, 0x180);
    }

    @AfterEach
    void close() {
        if (file != null) {
            Posix.close(descriptor);
        }
    }

    @Test
    void shouldWriteAndReadPiecesInOrder() throws IOException {
        long at = memory.address();
        assertEquals(600, vector.clear().add(at + 500, 100).add(at, 0).add(at, 500).write(descriptor, 1000));
        assertEquals(0, vector.lengthBytes());
        byte[] written = Files.readAllBytes(file);
        assertEquals(1600, written.length);
        assertArrayEquals(Arrays.copyOfRange(expected, 500, 600), Arrays.copyOfRange(written, 1000, 1100));
        assertArrayEquals(Arrays.copyOf(expected, 500), Arrays.copyOfRange(written, 1100, 1600));

        assertEquals(600, vector.clear().add(at + 4000, 200).add(at + 7000, 400).read(descriptor, 1000));
        byte[] read = memory.toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(Arrays.copyOfRange(written, 1000, 1200), Arrays.copyOfRange(read, 4000, 4200));
        assertArrayEquals(Arrays.copyOfRange(written, 1200, 1600), Arrays.copyOfRange(read, 7000, 7400));
    }

    @Test
    void shouldReadFewerBytesOnlyAtTheEndOfTheFile() {
        assertEquals(100, vector.clear().add(memory.address(), 100).write(descriptor, 0));

        assertEquals(70, vector.clear().add(memory.address(), 50).add(memory.address() + 50, 50).read(descriptor, 30));
        assertEquals(30, vector.lengthBytes());
        assertEquals(0, vector.clear().add(memory.address(), 50).read(descriptor, 100));
    }

    @Test
    void shouldMoveOnlyWhatIsLeftAfterACut() throws IOException {
        vector.clear().add(memory.address(), 100).add(memory.address() + 100, 100).cut(120);
        assertEquals(120, vector.lengthBytes());
        assertEquals(120, vector.write(descriptor, 0));
        assertArrayEquals(Arrays.copyOf(expected, 120), Files.readAllBytes(file));
    }

    @Test
    void shouldScatterAndGatherAsAFileWould() {
        byte[] device = new byte[300];
        vector.clear().add(memory.address(), 100).add(memory.address() + 400, 200).gather(MemorySegment.ofArray(device));
        assertArrayEquals(Arrays.copyOf(expected, 100), Arrays.copyOf(device, 100));
        assertArrayEquals(Arrays.copyOfRange(expected, 400, 600), Arrays.copyOfRange(device, 100, 300));

        vector.clear().add(memory.address() + 5000, 150).add(memory.address() + 6000, 400).scatter(MemorySegment.ofArray(device));
        assertEquals(250, vector.lengthBytes());
        byte[] read = memory.toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(Arrays.copyOf(device, 150), Arrays.copyOfRange(read, 5000, 5150));
        assertArrayEquals(Arrays.copyOfRange(device, 150, 300), Arrays.copyOfRange(read, 6000, 6150));
    }

    @Test
    void shouldSayWhyTheKernelRefuses() {
        int readOnly = Posix.open(file, Posix.O_RDONLY, 0);
        assertEquals(-9, vector.clear().add(memory.address(), 10).write(readOnly, 0));
        Posix.close(readOnly);
    }

    @Test
    void shouldRefuseMorePiecesThanItHolds() {
        vector.clear().add(1, 1).add(2, 1).add(3, 1);
        assertThrows(IllegalArgumentException.class, () -> vector.add(4, 1));
    }
}
