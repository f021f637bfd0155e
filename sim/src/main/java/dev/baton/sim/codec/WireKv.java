package dev.baton.sim.codec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.platform.Require;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.sim.bench.HandoffContent;

/**
 * KV that is handed off over a slow network: block images, one group of full attention, whose first is handed off again behind the
 * last. Of a model, from a file; or drawn. Immutable; closed by who made it.
 */
public final class WireKv implements HandoffContent, AutoCloseable {
    private static final String DRAWN_MODEL = "Llama-3.2-1B";
    private static final int DRAWN_BLOCKS = 4;
    /** Of the natural logarithm of a channel's deviation, and of its mean in deviations, over the channels. */
    private static final double SCALE_SPREAD = 0.5;
    private static final double MEAN_SPREAD = 0.7;

    private final Arena arena = Arena.ofShared();
    private final KvLayout layout;
    private final String description;
    private final long imageBytes;
    private final int blockCount;
    private final MemorySegment images;

    private WireKv(KvLayout layout, int blockCount, String description) {
        this.layout = layout;
        this.blockCount = blockCount;
        this.description = description;
        imageBytes = ((long) layout.bytesPerTokenIfAllKept()) * layout.blockTokens();
        images = arena.allocate(imageBytes * blockCount, Long.BYTES);
    }

    /** All whole blocks of a model's KV as {@code train_kv.py} writes it. */
    public static WireKv read(Path path, int blockTokens) throws IOException {
        KvFile file = KvFile.read(path);
        Require.between("--block-tokens", blockTokens, 1, file.tokens());
        WireKv kv = new WireKv(file.layout(blockTokens), file.blocks(blockTokens), file.elements().label() + " KV of: " + file.description());
        for (int block = 0; block < kv.blockCount; block++) {
            file.copyImage(block, DimensionOrder.NHD, blockTokens, kv.image(block));
        }
        return kv;
    }

    /**
     * No model's: bf16 numbers, each channel normal with a mean and a deviation of its own. Their exponents have about the entropy
     * of a model's, their mantissas none that a codec could use, and tokens have nothing to do with each other.
     */
    public static WireKv drawn(long seed, int blockTokens) {
        WireKv kv = new WireKv(ModelShapes.layout(DRAWN_MODEL).withBlockTokens(blockTokens), DRAWN_BLOCKS,
            "no model's: drawn, bf16, each channel normal, seed " + seed + ", in the shape of " + DRAWN_MODEL);
        SplittableRandom random = new SplittableRandom(seed);
        int columns = kv.layout.group(0).kvHeads() * kv.layout.group(0).keyRowBytes() / Short.BYTES;
        double[] deviations = new double[columns];
        double[] means = new double[columns];
        long sectionBytes = (long) blockTokens * columns * Short.BYTES;
        for (long at = 0; at < kv.images.byteSize(); at += Short.BYTES) {
            int column = (int) (at % sectionBytes / Short.BYTES % columns);
            if (at % sectionBytes < (long) columns * Short.BYTES) {
                deviations[column] = Math.exp(SCALE_SPREAD * random.nextGaussian());
                means[column] = MEAN_SPREAD * random.nextGaussian() * deviations[column];
            }
            float value = (float) (means[column] + deviations[column] * random.nextGaussian());
            kv.images.set(ValueLayout.JAVA_SHORT, at, (short) (Float.floatToRawIntBits(value) >>> Short.SIZE));
        }
        return kv;
    }

    /** On one shard. */
    public ShardedLayout layout() {
        return new ShardedLayout(layout, Sharding.tensor(1));
    }

    /** Whose it is. */
    public String description() {
        return description;
    }

    /** Of so many tokens. */
    public long bytes(int tokens) {
        return ((long) layout.bytesPerTokenIfAllKept()) * tokens;
    }

    MemorySegment image(int block) {
        return images.asSlice(block % blockCount * imageBytes, imageBytes);
    }

    @Override
    public void fill(int block, long address) {
        MemorySegment.copy(image(block), 0, MemorySegment.ofAddress(address).reinterpret(imageBytes), 0, imageBytes);
    }

    /** {@inheritDoc} Of whole blocks: the bench hands off no others. */
    @Override
    public long wrongBytes(ReadyBlocks landed) {
        CellMap map = landed.map();
        long wrong = 0;
        for (int cell = landed.firstCell(); cell < landed.endCell(); cell++) {
            MemorySegment image = image(map.block(cell));
            for (long from = 0; from < map.lengthBytes(cell);) {
                long length = landed.contiguousBytes(cell, from);
                MemorySegment piece = MemorySegment.ofAddress(landed.address(cell, from)).reinterpret(length);
                wrong += piece.mismatch(image.asSlice(from, length)) < 0 ? 0 : length;
                from += length;
            }
        }
        return wrong;
    }

    @Override
    public void close() {
        arena.close();
    }
}
