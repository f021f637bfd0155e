package dev.baton.sim.codec;

import dev.baton.buffer.codec.BlockCodec;
import dev.baton.buffer.codec.CodecRegistry;
import dev.baton.buffer.codec.CodecSpec;
import dev.baton.buffer.codec.ImageShape;
import dev.baton.kv.DimensionOrder;
import dev.baton.sim.bench.MedianInterval;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * One codec on all blocks of a KV file: what it saves, what it costs by the CPU time of one thread, and what it changes.
 * Every decoded byte, or number, is compared.
 */
public final class CodecBench implements AutoCloseable {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Arena arena = Arena.ofShared();
    private final ImageShape shape;
    private final int blocks;
    private final MemorySegment images;
    private final MemorySegment decoded;

    /**
     * What a codec made of these blocks.
     *
     * @param ratio          image bytes to encoded bytes, headers included
     * @param encode         image bytes a second of CPU time, over the rounds
     * @param decode         likewise
     * @param isExact        whether every byte came back
     * @param errorMax       largest difference, in root mean squares of that layer's keys or values in the block
     * @param errorMean      mean difference, likewise
     * @param storedLossless blocks that would have missed the bound, or that the codec did not take
     * @param storedPlain    blocks that did not become smaller
     */
    public record Result(CodecSpec codec, int blocks, long blockBytes, double ratio, MedianInterval encode,
        MedianInterval decode, boolean isExact, double errorMax, double errorMean, long storedLossless,
        long storedPlain) {}

    public CodecBench(KvFile file, DimensionOrder order, int blockTokens) {
        shape = file.shape(order, blockTokens);
        blocks = file.blocks(blockTokens);
        images = arena.allocate(blocks * shape.lengthBytes(), 64);
        decoded = arena.allocate(blocks * shape.lengthBytes(), 64);
        for (int block = 0; block < blocks; block++) {
            file.copyImage(block, order, blockTokens, images.asSlice(block * shape.lengthBytes(), shape.lengthBytes()));
        }
    }

    /**
     * Measures one codec.
     * @param warmUpNs CPU time before the first round, in which the compiler comes to the codec; one turn at least
     */
    public Result run(CodecSpec spec, int rounds, long warmUpNs) {
        try (Arena own = Arena.ofConfined(); BlockCodec codec = BlockCodec.open(CodecRegistry.builtIn(), spec)) {
            long capacity = codec.encodedBytesMax(shape);
            MemorySegment encoded = own.allocate(blocks * capacity, 64);
            long[] lengths = new long[blocks];
            double[] encode = new double[rounds];
            double[] decode = new double[rounds];
            long startNs = cpuNs();
            do {
                encodeAll(codec, encoded.address(), capacity, lengths);
                decodeAll(codec, encoded.address(), capacity, lengths);
            } while (cpuNs() - startNs < warmUpNs);
            long lossless = codec.blocksStoredLossless();
            long plain = codec.blocksStoredPlain();
            for (int round = 0; round < rounds; round++) {
                long fromNs = cpuNs();
                encodeAll(codec, encoded.address(), capacity, lengths);
                long betweenNs = cpuNs();
                decodeAll(codec, encoded.address(), capacity, lengths);
                encode[round] = images.byteSize() * 1e9 / (betweenNs - fromNs);
                decode[round] = images.byteSize() * 1e9 / (cpuNs() - betweenNs);
            }
            long encodedBytes = 0;
            for (long length : lengths) {
                encodedBytes += length;
            }
            KvError error = KvError.of(shape, blocks, images, decoded);
            return new Result(spec, blocks, shape.lengthBytes(), (double) images.byteSize() / encodedBytes,
                MedianInterval.of(encode), MedianInterval.of(decode), images.mismatch(decoded) == -1, error.max(),
                error.mean(), (codec.blocksStoredLossless() - lossless) / rounds,
                (codec.blocksStoredPlain() - plain) / rounds);
        }
    }

    private void encodeAll(BlockCodec codec, long encoded, long capacity, long[] lengths) {
        for (int block = 0; block < blocks; block++) {
            lengths[block] = codec.encode(shape, images.address() + block * shape.lengthBytes(),
                encoded + block * capacity, capacity);
        }
    }

    private void decodeAll(BlockCodec codec, long encoded, long capacity, long[] lengths) {
        for (int block = 0; block < blocks; block++) {
            codec.decode(shape, encoded + block * capacity, lengths[block],
                decoded.address() + block * shape.lengthBytes());
        }
    }

    private static long cpuNs() {
        return THREADS.getCurrentThreadCpuTime();
    }

    @Override
    public void close() {
        arena.close();
    }
}
