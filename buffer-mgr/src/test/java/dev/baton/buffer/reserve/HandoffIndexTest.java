package dev.baton.buffer.reserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandoffIndexTest {
    private static final int MAX = 1024;

    /** Of 1,024 draws over 2,048 places, 806 differ on average, and fewer than 700 practically never. */
    @ParameterizedTest(name = "tenant + {0}, high + {1}, low + {2}, attempt + {3}")
    @CsvSource({"1,0,0,0", "0,1,0,0", "0,0,1,0", "0,0,0,1", "0,281474976710656,0,0", "0,0,4294967296,0", "1099511627776,0,0,0"})
    void shouldSpreadHandoffsThatDifferInOnePartOnly(long tenant, long high, long low, int attempt) {
        HandoffIndex index = new HandoffIndex(MAX, 0xC0FFEE);
        Set<Integer> homes = new HashSet<>();
        for (int i = 0; i < MAX; i++) {
            int home = index.home(i * tenant, i * high, i * low, i * attempt);
            assertTrue(home >= 0 && home < 2 * MAX, () -> "home=" + home);
            homes.add(home);
        }
        assertTrue(homes.size() > 700, () -> "places=" + homes.size());
    }

    @Test
    void shouldPlaceTheSameHandoffsElsewhereInAnotherProcess() {
        HandoffIndex one = new HandoffIndex(MAX, 1);
        HandoffIndex other = new HandoffIndex(MAX, 2);
        int same = 0;
        for (int i = 0; i < MAX; i++) {
            same += one.home(1, 2, i, 0) == other.home(1, 2, i, 0) ? 1 : 0;
        }
        assertTrue(same < 20, "same=" + same);
    }

    /** Few places, so that stretches of neighbours form, wrap around, and are broken up in every way. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldFindWhatWasAddedAndNothingElseWhateverWasRemoved(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int max = 7;
        HandoffIndex index = new HandoffIndex(max, seed);
        Map<Integer, Reservation> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            int low = random.nextInt(40);
            Reservation live = model.get(low);
            if (live != null) {
                index.remove(live);
                model.remove(low);
            } else if (model.size() < max) {
                Reservation added = new Reservation(step, 1, 9);
                added.open(step + 1, 3, 4, low, low % 3, new int[] {1});
                index.add(added, index.home(3, 4, low, low % 3));
                model.put(low, added);
            }
            for (int at = 0; at < 40; at++) {
                assertSame(model.get(at), index.findOrNull(3, 4, at, at % 3), "seed=" + seed + " step=" + step);
            }
            assertNull(index.findOrNull(5, 4, low, low % 3));
            assertNull(index.findOrNull(3, 5, low, low % 3));
            assertNull(index.findOrNull(3, 4, low, 3));
        }
    }

    @Test
    void shouldSayThatItDoesNotHaveWhatIsToBeRemoved() {
        HandoffIndex index = new HandoffIndex(1, 5);
        Reservation stranger = new Reservation(0, 1, 9);

        assertThrows(IllegalStateException.class, () -> index.remove(stranger));
        assertEquals(32 + 4 * 4, index.bookkeepingBytes(), "four places for two, the fewest it makes");
    }
}
