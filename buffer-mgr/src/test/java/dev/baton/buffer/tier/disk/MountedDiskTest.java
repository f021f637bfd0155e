package dev.baton.buffer.tier.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.buffer.tier.CircuitState;
import dev.baton.buffer.tier.LoadResult;
import dev.baton.platform.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tier on file systems of its own: one that is too small, and one whose power is cut. */
@Timeout(1800)
class MountedDiskTest {
    private static final boolean IS_LONG = "1".equals(System.getenv("BATON_TEST_LONG"));
    private static final int COPIES = IS_LONG ? 100 : 4;
    private static final long IMAGE_BYTES = 128 << 20;

    private final Mounts mounts = new Mounts();
    @TempDir
    private Path parent;

    @BeforeEach
    void requirePosix() {
        assumeTrue(Posix.availability().isPresent(), () -> Posix.availability().describe());
    }

    @AfterEach
    void unmount() {
        mounts.close();
    }

    @Test
    void shouldLiveOnAFileSystemThatIsSmallerThanItsSpace() throws IOException {
        Path small = mounts.tmpfs(parent.resolve("small"), 24 << 20);
        Path other = Files.write(small.resolve("other"), new byte[6 << 20]);
        try (TierRig rig = new TierRig(RealDiskTest.context(small.resolve("cache")).fileBytes(4 << 20).spaceBytesMax(64 << 20)
            .isStepped(true), RealDiskTest.MEMORY_BYTES)) {
            for (int block = 0; block < 30; block++) {
                store(rig, block);
            }
            assertTrue(rig.stats().circuitOpened() > 0, "it was full: " + rig.stats());
            Files.delete(other);
            for (int block = 30; block < 60; block++) {
                store(rig, block);
            }
            for (int block = 60; block < 90; block++) {
                store(rig, block);
            }
            assertEquals(CircuitState.WORKING, rig.stats().circuit());
            assertEquals(LoadResult.HIT, rig.load(89, 1_000_000));
            int hits = 0;
            for (int block = 0; block < 90; block++) {
                hits += rig.load(block, 1_000_000).isHit() ? 1 : 0;
            }
            assertTrue(hits >= 8, "hits: " + hits);
        }
    }

    /** Once the device is off, time goes on until its next probe. */
    private static void store(TierRig rig, int block) {
        long begun = BlockStore.OFF;
        for (int i = 0; i < 30 && begun < 0; i++) {
            begun = rig.begin(block, 1_000_000, 0);
            rig.settle();
            rig.nowNs += begun < 0 ? 5 * TierRig.SECOND_NS : 0;
            rig.settle();
        }
        assertTrue(begun > 0, "block " + block + " was never taken: " + rig.stats());
    }

    /** The image is copied while it is written to: what lies in the copy is worse than what any power cut leaves. */
    @Test
    void shouldHaveRightBytesOrNothingAfterAPowerCut() throws IOException, InterruptedException {
        Path image = Mounts.ext4(parent.resolve("image"), IMAGE_BYTES);
        Path live = mounts.image(image, parent.resolve("live"));
        Path copy = parent.resolve("copy");
        int block = 0;
        int hits = 0;
        int lost = 0;
        int unreadable = 0;
        try (TierRig rig = new TierRig(cached(live), RealDiskTest.MEMORY_BYTES)) {
            for (int round = 0; round < COPIES; round++) {
                int first = block;
                if (round % 2 == 0) {
                    // Else the file system's own commit, every five seconds, would find most copies empty.
                    assertEquals(0, Mounts.run("sync", "-f", live.toString()));
                }
                Process copying = new ProcessBuilder("cp", "--sparse=always", image.toString(), copy.toString()).inheritIO().start();
                while (copying.isAlive() || block < first + 40) {
                    rig.store(block, lengthOf(block));
                    block++;
                }
                assertEquals(0, copying.waitFor());
                Mounts.run("e2fsck", "-fy", copy.toString());
                Path after = mounts.image(copy, parent.resolve("after"));
                if (Files.isDirectory(after.resolve("cache"))) {
                    int found = hitsOf(after, block);
                    hits += found;
                    lost += block - found;
                } else {
                    unreadable++;
                }
                mounts.unmount(after);
            }
        }
        System.out.println("power cuts: copies=" + COPIES + " blocks=" + block + " hits=" + hits + " lost=" + lost +
            " unreadable=" + unreadable);
        assertTrue(hits > 0 && lost > 0, "some were found, some were lost: hits=" + hits + " lost=" + lost);
    }

    /** Loads everything; the rig compares every byte of what is found. */
    private static int hitsOf(Path after, int blocks) {
        try (TierRig rig = new TierRig(cached(after), RealDiskTest.MEMORY_BYTES)) {
            rig.awaitScanned();
            int hits = 0;
            for (int block = 0; block < blocks; block++) {
                if (rig.lookup(block) >= 0) {
                    hits += rig.load(block, lengthOf(block)).isHit() ? 1 : 0;
                }
            }
            return hits;
        }
    }

    private static DiskContext cached(Path mount) {
        return RealDiskTest.context(mount.resolve("cache")).fileBytes(8 << 20).spaceBytesMax(64 << 20);
    }

    private static int lengthOf(long block) {
        return (int) (1000 + block * 7919 % 37 * 20_000);
    }
}
