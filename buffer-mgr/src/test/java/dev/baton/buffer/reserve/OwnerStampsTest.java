package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stretches stamped and wiped in part, against one owner an extent in an array. */
class OwnerStampsTest {
    private static final int EXTENTS = 300;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldKeepTheOwnerOfWhatIsLeftOfAStretch(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        OwnerStamps stamps = new OwnerStamps(EXTENTS);
        long[] expected = new long[EXTENTS];
        for (int step = 1; step < 20_000; step++) {
            int first = random.nextInt(EXTENTS);
            int end = first + 1;
            int count = 1 + random.nextInt(90);
            boolean isFree = expected[first] == 0;
            while (end < EXTENTS && end - first < count && (expected[end] == 0) == isFree) {
                end++;
            }
            if (isFree) {
                long owner = 1L + random.nextInt(5);
                stamps.stamp(first, owner);
                Arrays.fill(expected, first, end, owner);
            } else {
                boolean isOne = true;
                for (int at = first; at < end; at++) {
                    isOne &= expected[at] == expected[first];
                }
                assertEquals(isOne, stamps.isAll(first, end - first, expected[first]), "seed=" + seed);
                stamps.wipe(first, end - first, end < EXTENTS && expected[end] != 0);
                Arrays.fill(expected, first, end, 0);
            }
            for (int at = 0; at < EXTENTS; at++) {
                if (expected[at] != 0) {
                    assertEquals(expected[at], stamps.ownerOf(at), "seed=" + seed + " step=" + step + " at=" + at);
                }
            }
        }
    }
}
