package dev.baton.buffer.tier.coded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.codec.BlockCodec;
import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.codec.ImageShape;
import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.buffer.tier.StoreResult;
import dev.baton.buffer.tier.StoreRig;
import dev.baton.buffer.tier.disk.DiskContext;
import dev.baton.buffer.tier.disk.DiskStore;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.memory.Copier;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of bf16 images that a disk tier keeps encoded. */
@Timeout(120)
class CodedStoreTest {
    private static final ImageShape SHAPE = new ImageShape(ElementType.BF16, DimensionOrder.NHD, 2, 64, 2, 128, 128, false);
    private static final int BYTES = (int) SHAPE.lengthBytes();
    private static final long LATER_NS = 20_000_000_000L;

    @TempDir
    private Path parent;

    /** A disk tier in the test's folder, under a codec or none. */
    private static final class Rig extends StoreRig {
        final CodedStore codedOrNull;
        final BlockStore store;

        Rig(Path folder, String codecOrNull) {
            super(4 << 20);
            BlockStore disk = DiskStore.open(new DiskContext().directories(List.of(folder)).fileBytes(16 << 20).spaceBytesMax(64 << 20)
                .ledger(ledger).conclude(), System.nanoTime());
            codedOrNull = codecOrNull == null ? null : new CodedStore(disk, CodecSpec.parse(codecOrNull), (_, _, _) -> SHAPE, BYTES, ledger);
            store = codedOrNull == null ? disk : codedOrNull;
            await(() -> store.stats().spaceBytes() > 0 && store.stats().scannedPermille() == 1000);
        }

        StoreResult store(long block, byte[] bytes) {
            MemorySegment.copy(bytes, 0, memory.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            long mine = ++tag;
            await(() -> store.store(mine, named(block), 0, memory.address(), bytes.length) == BlockStore.ACCEPTED);
            await(() -> stored.containsKey(mine));
            return stored.get(mine);
        }

        LoadResult load(long block) {
            return load(block, System.nanoTime() + LATER_NS);
        }

        LoadResult load(long block, long deadlineNs) {
            makeStale(0, BYTES);
            long mine = ++tag;
            assertEquals(BlockStore.ACCEPTED, store.load(mine, named(block), 0, memory.address(), BYTES, deadlineNs));
            await(() -> released.containsKey(mine));
            return loaded.get(mine);
        }

        byte[] bytes() {
            return memory.segment().asSlice(0, BYTES).toArray(ValueLayout.JAVA_BYTE);
        }

        private void await(BooleanSupplier isDone) {
            long beganNs = System.nanoTime();
            while (!isDone.getAsBoolean()) {
                if (store.poll(System.nanoTime(), this, 16) == 0) {
                    assertFalse(System.nanoTime() - beganNs > PATIENCE_NS, "waited: " + store.stats());
                    Thread.onSpinWait();
                }
            }
        }

        @Override
        protected void closeStore() {
            store.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossless", "none"})
    void shouldBringBackEveryBitAndAgainAfterARestart(String codec) {
        try (Rig rig = new Rig(parent.resolve("cache"), codec)) {
            assertEquals(StoreResult.STORED, rig.store(1, image(1)));
            assertEquals(StoreResult.PRESENT, rig.store(1, image(1)));
            assertEquals(LoadResult.HIT, rig.load(1));
            assertArrayEquals(image(1), rig.bytes());
            assertEquals(LoadResult.MISS, rig.load(2));
            assertEquals(codec.equals("none"), rig.codedOrNull.counters().encodedBytes() == rig.codedOrNull.counters().rawBytes());
        }
        try (Rig rig = new Rig(parent.resolve("cache"), codec)) {
            assertEquals(LoadResult.HIT, rig.load(1));
            assertArrayEquals(image(1), rig.bytes());
        }
    }

    @Test
    void shouldReadWhateverCodecWroteInOneDirectory() {
        String[] writers = {null, "lossless", "int8", "fp8", "cachegen"};
        for (int i = 0; i < writers.length; i++) {
            try (Rig rig = new Rig(parent.resolve("cache"), writers[i])) {
                assertEquals(StoreResult.STORED, rig.store(i, image(i)));
            }
        }
        try (Rig rig = new Rig(parent.resolve("cache"), "lossless")) {
            for (int i = 0; i < writers.length; i++) {
                assertEquals(LoadResult.HIT, rig.load(i), writers[i]);
                if (i < 2) {
                    assertArrayEquals(image(i), rig.bytes());
                } else {
                    assertTrue(largestError(image(i), rig.bytes()) < 1, writers[i]);
                    assertFalse(Arrays.equals(image(i), rig.bytes()), "a lossy codec was asked for");
                }
            }
        }
    }

    @Test
    void shouldStoreWhatDoesNotShrinkAsItIsSoThatAPlainStoreReadsIt() {
        byte[] noise = StoreRig.bytesOf(7, BYTES);
        try (Rig rig = new Rig(parent.resolve("cache"), "lossless")) {
            assertEquals(StoreResult.STORED, rig.store(7, noise));
            assertEquals(LoadResult.HIT, rig.load(7));
            assertArrayEquals(noise, rig.bytes());
        }
        try (Rig rig = new Rig(parent.resolve("cache"), null)) {
            assertEquals(LoadResult.HIT, rig.load(7));
            assertArrayEquals(noise, rig.bytes());
        }
    }

    /** The store below finds nothing wrong with these: they are what was stored, and not what can be decoded. */
    @Test
    void shouldTakeDamageAndUnknownCodecsForMisses() {
        byte[] encoded = encoded(image(1));
        byte[] flipped = encoded.clone();
        flipped[encoded.length / 2] ^= 1;
        byte[] unknown = withHeader(encoded, 5, (byte) 200);
        byte[] otherVersion = withHeader(encoded, 6, (byte) 99);
        byte[] otherShape = withHeader(encoded, 48, (byte) 3);
        byte[][] records = {flipped, unknown, otherVersion, otherShape, new byte[] {1, 2, 3}, StoreRig.bytesOf(3, BYTES - 1)};
        try (Rig rig = new Rig(parent.resolve("cache"), null)) {
            for (int i = 0; i < records.length; i++) {
                assertEquals(StoreResult.STORED, rig.store(i, records[i]));
            }
            assertEquals(StoreResult.STORED, rig.store(99, encoded));
        }
        try (Rig rig = new Rig(parent.resolve("cache"), "lossless")) {
            for (int i = 0; i < records.length; i++) {
                assertEquals(LoadResult.CORRUPT, rig.load(i), "record " + i);
                assertArrayEquals(new byte[BYTES], rig.bytes(), "nothing of it is left");
            }
            assertEquals(records.length, rig.codedOrNull.counters().damagedRecords());
            assertEquals(LoadResult.HIT, rig.load(99), "the same bytes undamaged");
            assertArrayEquals(image(1), rig.bytes());
        }
    }

    @Test
    void shouldNotTouchTheTargetOfALoadThatIsLate() {
        try (Rig rig = new Rig(parent.resolve("cache"), "lossless")) {
            rig.store(1, image(1));
            assertEquals(LoadResult.LATE, rig.load(1, System.nanoTime() - 1));
            byte stale = rig.bytes()[0];
            for (byte each : rig.bytes()) {
                assertEquals(stale, each);
            }
            assertNotEquals(stale, 0);
        }
    }

    @Test
    void shouldRefuseACodecThatThereIsNot() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> new CodedStore(null, CodecSpec.parse("gzip"),
            (_, _, _) -> SHAPE, BYTES, null));

        assertTrue(refused.getMessage().contains("codec=gzip, known: [none, lossless"), refused::getMessage);
    }

    /** Numbers near one another, as keys and values are. */
    private static byte[] image(long seed) {
        byte[] bytes = new byte[BYTES];
        SplittableRandom random = new SplittableRandom(seed);
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        for (int at = 0; at < BYTES; at += 2) {
            float value = (float) (random.nextGaussian() * 0.7);
            buffer.putShort(at, (short) (Float.floatToRawIntBits(value) >>> 16));
        }
        return bytes;
    }

    private static double largestError(byte[] is, byte[] was) {
        double largest = 0;
        for (int at = 0; at < is.length; at += 2) {
            largest = Math.max(largest, Math.abs(value(is, at) - value(was, at)));
        }
        return largest;
    }

    private static float value(byte[] bytes, int at) {
        return Float.intBitsToFloat(new UnsafeBuffer(bytes).getShort(at) << 16);
    }

    private static byte[] encoded(byte[] image) {
        try (Arena arena = Arena.ofConfined();
            BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), CodecSpec.parse("lossless"))) {
            MemorySegment source = arena.allocate(BYTES, 64);
            MemorySegment.copy(image, 0, source, ValueLayout.JAVA_BYTE, 0, BYTES);
            long capacity = codec.encodedBytesMax(SHAPE);
            MemorySegment target = arena.allocate(capacity, 64);
            long length = codec.encode(SHAPE, source.address(), target.address(), capacity);
            return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** One byte of the header is another, and its CRC right. */
    private static byte[] withHeader(byte[] encoded, int offset, byte value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment record = arena.allocate(encoded.length, 64);
            MemorySegment.copy(encoded, 0, record, ValueLayout.JAVA_BYTE, 0, encoded.length);
            record.set(ValueLayout.JAVA_BYTE, offset, value);
            record.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 60,
                Copier.best().crc(record.address(), 60, 0));
            return record.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
