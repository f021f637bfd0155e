package dev.baton.sim.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.buffer.codec.BlockCodec;
import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.codec.ImageShape;
import dev.baton.kv.DimensionOrder;

/** What is handed off over a slow network: a file's blocks as they are, and drawn ones of which a codec saves about what it does of a model's. */
class WireKvTest {
    private static final int BLOCK = 20;

    @TempDir
    private Path folder;

    @Test
    void shouldFillUnitsWithAFilesBlocksAndBeginAgainBehindTheLast() throws IOException {
        Path path = Files.write(folder.resolve("tiny.kv"), BenchCodecTest.file());
        KvFile file = KvFile.read(path);
        try (WireKv kv = WireKv.read(path, BLOCK); Arena arena = Arena.ofConfined()) {
            long bytes = kv.bytes(BLOCK);
            for (int block = 0; block < 6; block++) {
                MemorySegment unit = arena.allocate(bytes);
                MemorySegment right = arena.allocate(bytes);
                kv.fill(block, unit.address());
                file.copyImage(block % 4, DimensionOrder.NHD, BLOCK, right);
                assertEquals(-1, unit.mismatch(right), "block=" + block);
            }
            assertEquals(ImageShape.of(kv.layout().layout(), kv.layout().sharding(), 0, 0, BLOCK), file.shape(DimensionOrder.NHD, BLOCK));
        }
        assertThrows(IllegalArgumentException.class, () -> WireKv.read(path, 51));
    }

    @Test
    void shouldDrawNumbersThatShrinkLikeAModels() {
        try (WireKv kv = WireKv.drawn(1, 32); WireKv same = WireKv.drawn(1, 32); WireKv other = WireKv.drawn(2, 32); Arena arena = Arena.ofConfined();
            BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse("lossless"))) {
            assertEquals(-1, kv.image(3).mismatch(same.image(3)));
            assertTrue(kv.image(0).mismatch(other.image(0)) >= 0);
            ImageShape shape = ImageShape.of(kv.layout().layout(), kv.layout().sharding(), 0, 0, 32);
            assertEquals(shape.lengthBytes(), kv.image(0).byteSize());
            MemorySegment encoded = arena.allocate(codec.encodedBytesMax(shape));
            double ratio = (double) shape.lengthBytes() / codec.encode(shape, kv.image(0).address(), encoded.address(), encoded.byteSize());
            assertTrue(ratio > 1.3 && ratio < 1.65, "ratio=" + ratio);
            assertTrue(kv.description().startsWith("no model's"), kv.description());
        }
    }
}
