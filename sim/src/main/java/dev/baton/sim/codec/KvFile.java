package dev.baton.sim.codec;

import dev.baton.buffer.codec.ImageShape;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.platform.Require;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * KV of a model in a file, as {@code sim/src/main/python/train_kv.py} writes it. Little-endian; immutable.
 * <pre>
 *   "BATONKV1" | u32 description length | u32 element type | u32 layers | u32 heads | u32 head dim | u32 sequences
 *   | u32 tokens of a sequence | u32 zero | description, UTF-8
 *   | [sequences][layers][K, V][tokens][heads] rows of head dim elements
 * </pre>
 */
public final class KvFile {
    private static final long MAGIC = 0x3156_4b4e_4f54_4142L;
    private static final int HEADER_BYTES = 40;
    private static final long BYTES_MAX = 1L << 30;

    private final String description;
    private final ElementType elements;
    private final int layers;
    private final int heads;
    private final int headDim;
    private final int sequences;
    private final int tokens;
    private final MemorySegment data;

    private KvFile(ByteBuffer file) {
        Require.that(file.remaining() >= HEADER_BYTES && file.getLong() == MAGIC, "KV file", "of another kind",
            "one that begins with BATONKV1");
        int descriptionBytes = Require.between("KV file description length", file.getInt(), 0, 1 << 16);
        List<ElementType> types = List.of(ElementType.values());
        elements = types.get(Require.between("KV file element type", file.getInt(), 0, types.size() - 1));
        layers = Require.between("KV file layers", file.getInt(), 1, 4096);
        heads = Require.between("KV file heads", file.getInt(), 1, 4096);
        headDim = Require.between("KV file head dim", file.getInt(), 1, 1 << 16);
        sequences = Require.between("KV file sequences", file.getInt(), 1, 1 << 20);
        tokens = Require.between("KV file tokens", file.getInt(), 1, 1 << 24);
        Require.that(file.getInt() == 0, "KV file's last word", "not zero", "zero");
        double wanted = (double) descriptionBytes + (double) sequences * layers * 2 * tokens * heads * rowBytes();
        Require.that(file.remaining() == wanted, "KV file bytes", file.remaining(), "as its header says: " + wanted);
        byte[] text = new byte[descriptionBytes];
        file.get(text);
        description = new String(text, StandardCharsets.UTF_8);
        data = MemorySegment.ofBuffer(file.slice());
    }

    /**
     * Reads a whole file, at most 1 GiB.
     * @throws IllegalArgumentException if it is no such file, naming what differs
     */
    public static KvFile read(Path path) throws IOException {
        long bytes = Files.size(path);
        Require.between("bytes of " + path, bytes, HEADER_BYTES, BYTES_MAX);
        return new KvFile(ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Which model made it, on which text, and how well it had learned. */
    public String description() {
        return description;
    }

    public ElementType elements() {
        return elements;
    }

    /** Of one sequence. */
    public int tokens() {
        return tokens;
    }

    private int rowBytes() {
        return elements.rowBytes(headDim);
    }

    /** As an engine would lay it out that ran the model: one group of full attention, tokens before heads. */
    public KvLayout layout(int blockTokens) {
        return new KvLayout("kv-file", DimensionOrder.NHD, 1, blockTokens,
            List.of(LayerGroup.attention("full", layers, heads, headDim, elements)));
    }

    /** Whole blocks of so many tokens; what is left at the end of a sequence is left out. */
    public int blocks(int blockTokens) {
        return sequences * (tokens / blockTokens);
    }

    ImageShape shape(DimensionOrder order, int blockTokens) {
        return new ImageShape(elements, order, layers, blockTokens, heads, rowBytes(), rowBytes(), false);
    }

    /** Writes the image of one block: [layers][K, V], and in these [tokens][heads] or [heads][tokens]. */
    public void copyImage(int block, DimensionOrder order, int blockTokens, MemorySegment to) {
        int perSequence = tokens / blockTokens;
        int row = rowBytes();
        long at = 0;
        for (int section = 0; section < 2 * layers; section++) {
            long first = ((long) (block / perSequence) * 2 * layers + section) * tokens +
                (long) (block % perSequence) * blockTokens;
            for (int i = 0; i < blockTokens * heads; i++) {
                int token = order == DimensionOrder.NHD ? i / heads : i % blockTokens;
                int head = order == DimensionOrder.NHD ? i % heads : i / blockTokens;
                MemorySegment.copy(data, ((first + token) * heads + head) * row, to, at, row);
                at += row;
            }
        }
    }
}
