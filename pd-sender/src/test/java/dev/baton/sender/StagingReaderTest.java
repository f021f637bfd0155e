package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.BlockKey;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.SourceImages;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.RegionException;
import dev.baton.memory.Regions;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.KeptPrefixes;
import dev.baton.sender.engine.StagingReader;
import dev.baton.transport.session.HandoffId;

/** Staging in files, mapped a second time as another process maps it. */
class StagingReaderTest {
    private static final int BLOCK = 16;
    private static final long TENANT = 7;
    private static final List<BlockKey> KEYS = new ArrayList<>();

    static {
        for (int block = 0; block < 4; block++) {
            KEYS.add(new BlockKey(1, 1, 2, block));
        }
    }

    @TempDir
    Path folder;

    private SenderRig rig(Path directory) {
        SenderRig rig = SenderRig.small(context -> context.stagingDirectory(directory));
        rig.awaitSession();
        HandoffSpec spec = HandoffSpec.destinationFirst(new HandoffId(TENANT, 0, 1, 0), rig.peer, 4 * BLOCK).withBlockKeys(KEYS);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        assertEquals("DELIVERED NONE", rig.awaitEnd(handoff));
        return rig;
    }

    @Test
    void shouldReadKeptBlocksThroughAMappingOfItsOwn() {
        Path directory = folder.resolve("staging");
        MemoryLedger ledger = new MemoryLedger();
        byte[] late;
        try (SenderRig rig = rig(directory); StagingReader reader = new StagingReader(ledger, directory)) {
            KeptPrefixes kept = rig.engine.kept();
            long lease = kept.lease(TENANT, KEYS, 4, 1_000_000_000);
            late = kept.handle(lease);
            StagingReader.Prefix prefix = reader.read(late);
            SourceImages images = kept.images(lease);
            for (int block = 0; block < 4; block++) {
                long length = images.imageBytes(block, 0);
                assertEquals(length - 5, prefix.contiguousBytes(block, 0, 0, 5));
                assertTrue(prefix.address(block, 0, 0, 0) != kept.address(lease, block, 0), "a mapping of its own");
                assertRight(rig, block, MemorySegment.ofAddress(prefix.address(block, 0, 0, 0)).reinterpret(length));
            }
            assertThrows(IllegalArgumentException.class, () -> prefix.address(4, 0, 0, 0));
            assertThrows(IllegalArgumentException.class, () -> prefix.address(0, 0, 0, images.imageBytes(0, 0)));
            assertTrue(kept.release(lease), "they stayed: what was read is right");
            assertNull(kept.handle(lease));
            rig.assertRight();
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
        try (StagingReader reader = new StagingReader(ledger, directory)) {
            assertThrows(RegionException.class, () -> reader.read(late), "that process is gone");
        }
    }

    /** Memory of a process that was killed is not lost for ever. */
    @Test
    void shouldRemoveWhatAKilledProcessLeft() throws Exception {
        Path directory = folder.resolve("staging");
        Regions.privateDirectory(directory);
        Files.createFile(directory.resolve("baton-00000000deadbeef.lock"));
        Files.write(directory.resolve(SlabPool.fileName(0xdeadbeefL, 0)), new byte[4096]);
        try (SenderRig rig = rig(directory)) {
            assertTrue(Files.notExists(directory.resolve(SlabPool.fileName(0xdeadbeefL, 0))));
            assertTrue(Files.notExists(directory.resolve("baton-00000000deadbeef.lock")));
            rig.assertRight();
        }
    }

    private static void assertRight(SenderRig rig, int block, MemorySegment there) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment right = arena.allocate(there.byteSize(), 64);
            KvPattern.fillImage(right.address(), rig.layout.layout(), rig.layout.sharding(), 0, 0, block, BLOCK,
                PatternSeed.ofBlock(rig.receiver.seed, KEYS, block, 0));
            assertEquals(-1, right.mismatch(there));
        }
    }

    @Test
    void shouldSayWhatToDoWhereNobodyCanMapStaging() {
        try (SenderRig rig = rig(null)) {
            long lease = rig.engine.kept().lease(TENANT, KEYS, 4, 1_000_000_000);
            String message = assertThrows(IllegalStateException.class, () -> rig.engine.kept().handle(lease)).getMessage();
            assertTrue(message.contains("--staging-dir"), message);
            rig.engine.kept().release(lease);
        }
    }

    /** Whatever is wrong with it is noticed before anything is mapped. */
    @Test
    void shouldRefuseAHandleThatWasCutOrChanged() {
        Path directory = folder.resolve("staging");
        try (SenderRig rig = rig(directory); StagingReader reader = new StagingReader(new MemoryLedger(), directory)) {
            long lease = rig.engine.kept().lease(TENANT, KEYS, 2, 1_000_000_000);
            byte[] handle = rig.engine.kept().handle(lease);
            for (int at = 0; at < handle.length; at++) {
                byte[] cut = Arrays.copyOf(handle, at);
                assertThrows(IllegalArgumentException.class, () -> reader.read(cut), "length=" + at);
                byte[] changed = handle.clone();
                changed[at] ^= 4;
                assertThrows(IllegalArgumentException.class, () -> reader.read(changed), "at=" + at);
            }
            reader.read(handle);
            rig.engine.kept().release(lease);
        }
        assertTrue(Files.isDirectory(directory));
        assertEquals(0, directory.toFile().list().length, "files go with their process");
    }

    /** Whole by its CRC, and of a slab that is mapped: bytes that it names behind the slab's end, or before, are nobody's to read. */
    @ParameterizedTest
    @CsvSource({"16, -9223372036854775808, imageOffset", "32, 1073741824, slabBytes"})
    void shouldRefuseAHandleThatNamesBytesBesidesItsSlab(int at, long value, String fact) {
        Path directory = folder.resolve("staging");
        try (SenderRig rig = rig(directory); StagingReader reader = new StagingReader(new MemoryLedger(), directory)) {
            long lease = rig.engine.kept().lease(TENANT, KEYS, 2, 1_000_000_000);
            byte[] handle = rig.engine.kept().handle(lease);
            reader.read(handle);
            ByteBuffer changed = ByteBuffer.wrap(handle.clone()).order(ByteOrder.LITTLE_ENDIAN).putLong(24 + at, value);
            CRC32C crc = new CRC32C();
            crc.update(changed.array(), 12, handle.length - 12);
            changed.putInt(8, (int) crc.getValue());
            String message = assertThrows(IllegalArgumentException.class, () -> reader.read(changed.array())).getMessage();
            assertTrue(message.contains(fact), message);
            rig.engine.kept().release(lease);
        }
    }
}
