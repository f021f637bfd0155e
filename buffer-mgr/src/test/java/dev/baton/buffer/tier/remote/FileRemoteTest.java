package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRemoteTest extends RemoteContractTest {
    @TempDir
    private Path folder;

    @Override
    RemoteClient client() {
        return RemoteClients.of("file:" + folder, Map.of());
    }

    private Path path(long block) {
        String name = RemoteRig.objectName(block);
        return folder.resolve("baton-1").resolve(name.substring(0, 2)).resolve(name.substring(2, 4)).resolve(name);
    }

    @Override
    void swap(long from, long to) throws IOException {
        Files.copy(path(from), path(to), StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    void flip(long block, int payloadOffset) throws IOException {
        flipHead(block, RemoteHead.LENGTH_BYTES + payloadOffset);
    }

    @Override
    void flipHead(long block, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(path(block));
        bytes[offset] ^= 1;
        Files.write(path(block), bytes);
    }

    @Override
    void cut(long block, int bytes) throws IOException {
        byte[] all = Files.readAllBytes(path(block));
        Files.write(path(block), Arrays.copyOf(all, all.length - bytes));
    }

    @Override
    int count() {
        try (Stream<Path> paths = Files.walk(folder)) {
            return (int) paths.filter(Files::isRegularFile).count();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Test
    void shouldKeepWhatOthersMayNotRead() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, 100);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path(1))));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path(1).getParent())));
        }
    }

    @Test
    void shouldRemoveTemporariesThatAKilledProcessLeftAndNoYoungerOnes() throws IOException {
        Path temporaries = Files.createDirectories(folder.resolve("baton-1/tmp"));
        Path old = Files.write(temporaries.resolve("0123456789abcdef"), new byte[100]);
        Path young = Files.write(temporaries.resolve("fedcba9876543210"), new byte[100]);
        Files.setLastModifiedTime(old, FileTime.fromMillis(Files.getLastModifiedTime(young).toMillis() - TimeUnit.HOURS.toMillis(2)));
        try (RemoteRig rig = rig()) {
            assertEquals(StoreResult.STORED, rig.store(1, 100));
            assertFalse(Files.exists(old));
            assertTrue(Files.exists(young));
            assertEquals(2, count());
        }
    }

    @Test
    void shouldFollowNoLink() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, 100);
            Path elsewhere = Files.move(path(1), folder.resolve("elsewhere"));
            Files.createSymbolicLink(path(1), elsewhere);
            assertEquals(-1, rig.lookup(1));
            assertEquals(LoadResult.FAILED, rig.load(1, 100));
        }
    }

    @Test
    void shouldRemoveTheOldestToStayWithinItsSpace() throws IOException {
        RemoteClient client = RemoteClients.of("file:" + folder + "?space=1000000", Map.of());
        try (RemoteRig rig = new RemoteRig(new RemoteContext().client(client).threads(1, 1, 1))) {
            for (long block = 0; block < 40; block++) {
                assertEquals(StoreResult.STORED, rig.store(block, 100_000));
                Files.setLastModifiedTime(path(block), FileTime.fromMillis(1_000_000 + block));
                assertTrue(count() <= 9, () -> "objects=" + count());
            }
            assertTrue(count() >= 8, () -> "objects=" + count());
            assertEquals(LoadResult.HIT, rig.load(39, 100_000));
            assertEquals(LoadResult.HIT, rig.load(35, 100_000));
            assertEquals(LoadResult.MISS, rig.load(20, 100_000));
        }
    }

    @Test
    void shouldTurnReadOnlyWhereItCannotWriteAndGoOnWhenItCan() throws IOException {
        try (RemoteRig rig = rig()) {
            rig.store(1, 100);
            Path temporaries = folder.resolve("baton-1/tmp");
            Files.delete(temporaries);
            Files.write(temporaries, new byte[1]);
            assertEquals(StoreResult.FAILED, rig.store(2, 100));
            assertEquals(CircuitState.READ_ONLY, rig.circuit());
            assertEquals(LoadResult.HIT, rig.load(1, 100));

            Files.delete(temporaries);
            rig.pass(5 * RemoteRig.SECOND_NS);
            rig.await("a good probe", () -> rig.circuit() == CircuitState.WORKING);
            assertEquals(StoreResult.STORED, rig.store(2, 100));
        }
    }

    @Test
    void shouldRefuseAFolderThatIsNotThereAndWordsThatMeanNothing() {
        assertThrows(IllegalArgumentException.class, () -> RemoteClients.of("file:" + folder + "/not-there", Map.of()));
        assertThrows(IllegalArgumentException.class, () -> RemoteClients.of("file:relative", Map.of()));
        assertThrows(IllegalArgumentException.class, () -> RemoteClients.of("file:" + folder + "?size=1", Map.of()));
        assertThrows(IllegalArgumentException.class, () -> RemoteClients.of("ftp://host", Map.of()));
    }
}
