package dev.baton.sim.bench;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import java.nio.file.Path;

/**
 * What a spill tier costs where its bytes lie: one thread lands extents in a slab in shared memory and in one on the
 * spill tier's file system, in turn, and reads both as a verifying receiver does. No protocol: the difference between
 * the tiers is the memory, and this is it.
 */
public final class SpillBench {
    private static final long EXTENT_BYTES = 4L << 20;

    /**
     * One way over the two slabs.
     *
     * @param name                of the way
     * @param fastBytesPerSecond  median
     * @param spillBytesPerSecond median
     * @param ratio               spill over fast, round by round
     */
    public record Result(String name, double fastBytesPerSecond, double spillBytesPerSecond, MedianInterval ratio) {}

    private final Copier copier = Copier.best();
    private final long slabBytes;
    private final int rounds;

    /** @param slabBytes of each tier; whole extents of 4 MiB are used */
    public SpillBench(long slabBytes, int rounds) {
        this.slabBytes = slabBytes / EXTENT_BYTES * EXTENT_BYTES;
        this.rounds = rounds;
    }

    /** Landing, then reading; each tier is touched whole before the first round, as a receiver does at its start. */
    public Result[] run(Path fastDirectory, Path spillDirectory) {
        MemoryLedger ledger = new MemoryLedger();
        try (Region source = Regions.anonymous(ledger, "bench.source", EXTENT_BYTES);
             Region fast = Regions.createFile(ledger, "bench.fast", fastDirectory.resolve("fast.slab"), slabBytes);
             Region spill = Regions.createFile(ledger, "bench.spill", spillDirectory.resolve("spill.slab"), slabBytes)) {
            land(source, fast);
            land(source, spill);
            double[][] rates = new double[4][rounds];
            for (int round = 0; round < rounds; round++) {
                boolean isFastFirst = round % 2 == 0;
                for (int turn = 0; turn < 2; turn++) {
                    boolean isFast = isFastFirst == (turn == 0);
                    Region target = isFast ? fast : spill;
                    rates[isFast ? 0 : 1][round] = rate(land(source, target));
                    rates[isFast ? 2 : 3][round] = rate(read(target));
                }
            }
            return new Result[] {result("landing: copied, with CRC32C", rates[0], rates[1]),
                result("reading: CRC32C in place", rates[2], rates[3])};
        }
    }

    private Result result(String name, double[] fast, double[] spill) {
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            ratios[round] = spill[round] / fast[round];
        }
        return new Result(name, MedianInterval.of(fast).median(), MedianInterval.of(spill).median(),
            MedianInterval.of(ratios));
    }

    private double rate(long elapsedNs) {
        return slabBytes * 1e9 / elapsedNs;
    }

    private long land(Region source, Region target) {
        long beganNs = System.nanoTime();
        for (long at = 0; at < slabBytes; at += EXTENT_BYTES) {
            copier.copyWithCrc(source.address(), target.address() + at, EXTENT_BYTES, 0);
        }
        return System.nanoTime() - beganNs;
    }

    /** Every extent holds the same bytes, so a wrong one shows. */
    private long read(Region target) {
        int expected = copier.crc(target.address(), EXTENT_BYTES, 0);
        long beganNs = System.nanoTime();
        for (long at = 0; at < slabBytes; at += EXTENT_BYTES) {
            if (copier.crc(target.address() + at, EXTENT_BYTES, 0) != expected) {
                throw new IllegalStateException("an extent does not hold what was landed: offset=" + at);
            }
        }
        return System.nanoTime() - beganNs;
    }
}
