package dev.baton.buffer.tier.disk;

import dev.baton.buffer.tier.StoreResult;
import java.nio.file.Path;

/** Stores blocks one after the other, tells each that is stored, and never ends by itself. */
public final class KilledWriter {
    private KilledWriter() {}

    static int lengthOf(long block) {
        return (int) (100 + block * 7919 % 3 * 1_000_000 + block);
    }

    /**
     * Writes until it is killed.
     *
     * @param args the folder, and the first block's number
     */
    public static void main(String[] args) {
        try (TierRig rig = new TierRig(RealDiskTest.context(Path.of(args[0])).spaceBytesMax(1 << 30), RealDiskTest.MEMORY_BYTES)) {
            for (long block = Long.parseLong(args[1]); block < Long.MAX_VALUE; block++) {
                if (rig.store(block, lengthOf(block)) == StoreResult.STORED) {
                    System.out.println(block);
                }
            }
        }
    }
}
