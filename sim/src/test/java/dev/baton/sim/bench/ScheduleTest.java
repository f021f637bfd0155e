package dev.baton.sim.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final long SET = 256L << 20;

    @Test
    void shouldCompareEachTransportWithTheLimitThatDoesTheSameWork() {
        Schedule schedule = Schedule.of(List.of("shm", "tcp"), List.of(1 << 20, 32 << 20), List.of(8), List.of(1), SET);

        assertEquals(4, schedule.groups().size());
        for (Schedule.Group group : schedule.groups()) {
            Schedule.Ratio first = group.ratios().getFirst();
            assertEquals(Way.LINK, group.trials().get(first.numerator()).way());
            assertEquals(group.scheme().equals("shm") ? Way.BARE : Way.SOCKET_CRC, group.trials().get(first.denominator()).way());
            boolean hasTarget = group.scheme().equals("tcp") || group.trials().getFirst().sizeBytes() == 32 << 20;
            assertEquals(hasTarget ? 0.9 : Double.NaN, first.target());
            assertTrue(group.trials().contains(new Trial(Way.LINK, group.trials().getFirst().sizeBytes(), 1, 1)), "no latency");
        }
    }

    @Test
    void shouldMeasureATrialOnceHoweverOftenItIsCompared() {
        Schedule schedule = Schedule.of(List.of("shm"), List.of(1 << 20), List.of(1, 8), List.of(1), SET);
        List<Trial> trials = schedule.groups().getFirst().trials();

        assertEquals(trials.size(), trials.stream().distinct().count());
        assertEquals(6, schedule.trialCount());
    }

    @Test
    void shouldShortenWindowsToWhatTheMemoryHolds() {
        Schedule schedule = Schedule.of(List.of("shm"), List.of(32 << 20), List.of(1000), List.of(2), SET);

        schedule.groups().getFirst().trials().forEach(trial -> trial.requireFits(SET));
        assertEquals(4, schedule.groups().getFirst().trials().getFirst().window());
    }

    @Test
    void shouldRefuseAWindowWhoseCellsWouldBeOverwrittenUnchecked() {
        Trial trial = new Trial(Way.LINK, 1 << 20, 9, 1);
        trial.requireFits(9 << 20);
        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class, () -> trial.requireFits(8 << 20));
        assertTrue(ex.getMessage().contains("window=9"), ex::getMessage);
    }

    /** A message that never arrives must not be taken for the one that lay there before. */
    @Test
    void shouldSendOtherBytesToASlotEachTimeRound() {
        Share share = Share.of(new Trial(Way.LINK, 64, 1, 2), 64 * 10, 1, 1 << 20, 1 << 21);

        assertEquals(5, share.slots());
        for (int message = 0; message < 100; message++) {
            assertEquals(share.target(message), share.target(message + 5));
            assertTrue(share.source(message) != share.source(message + 5), "message=" + message);
            assertEquals(share.target(message) - (1 << 21), share.slabOffset(message));
            assertTrue(share.slabOffset(message) < 640 - 64 + 1, "message=" + message);
        }
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "64KiB, 65536", "1m, 1048576", "4 MiB, 4194304", "1GB, 1073741824"})
    void shouldReadSizesAsPeopleTypeThem(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "1.5MiB", "4XB", "2GiB", "99999999999999999999", "1000000T"})
    void shouldRefuseWhatIsNoSizeOrTooLarge(String text) {
        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text, 1 << 30));
        assertTrue(ex.getMessage().contains("size=" + text), ex::getMessage);
    }
}
