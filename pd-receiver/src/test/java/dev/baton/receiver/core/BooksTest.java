package dev.baton.receiver.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.PlaceCount;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/** What a receiver remembers of peers and of handoffs that ended: how much, and until exactly when. */
class BooksTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MINUTE = 60 * SECOND;
    private static final long START = -90 * SECOND;
    private static final long SEED = 77;

    private static HandoffId id(long request) {
        return new HandoffId(1, 2, request, 0);
    }

    @Test
    void shouldKeepTheFirstOutcomeAndForgetItWhenItsTimeIsOver() {
        Tombstones stones = new Tombstones(8, MINUTE, SEED);
        stones.add(id(1), OutcomeKind.ABORTED, EndReason.CANCELLED, null, START);
        stones.add(id(1), OutcomeKind.DELIVERED, EndReason.NONE, null, START + SECOND);
        stones.add(id(2), OutcomeKind.DELIVERED, EndReason.NONE, null, START + SECOND);
        assertEquals(EndReason.CANCELLED, stones.findOrNull(id(1)).reason());
        assertEquals(2, stones.count());
        assertFalse(stones.isFull(START + MINUTE - 1));
        assertNotNull(stones.findOrNull(id(1)));
        stones.add(id(3), OutcomeKind.DELIVERED, EndReason.NONE, null, START + MINUTE);
        assertNull(stones.findOrNull(id(1)), "to the nanosecond, whoever comes");
        assertNotNull(stones.findOrNull(id(2)));
        assertEquals(2, stones.count());
    }

    @Test
    void shouldBeFullOfYoungOnesAndLetTheOldestGiveWay() {
        Tombstones stones = new Tombstones(2, MINUTE, SEED);
        stones.add(id(1), OutcomeKind.ABORTED, EndReason.CANCELLED, null, START);
        assertFalse(stones.isFull(START));
        stones.add(id(2), OutcomeKind.ABORTED, EndReason.CANCELLED, null, START + 1);
        assertTrue(stones.isFull(START + MINUTE - 1));
        stones.add(id(3), OutcomeKind.ABORTED, EndReason.CANCELLED, null, START + 2);
        assertNull(stones.findOrNull(id(1)));
        assertEquals(2, stones.count());
        assertFalse(stones.isFull(START + MINUTE + 1));
    }

    /** Against a map that keeps the order of what came: adds, removals, time, and ids that differ in one field only. */
    @Test
    void shouldRememberWhatAMapInOrderWould() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int countMax = 20 + random.nextInt(45);   // no more than are forgotten at once
        Tombstones stones = new Tombstones(countMax, MINUTE, SEED);
        LinkedHashMap<HandoffId, Long> map = new LinkedHashMap<>();
        PlaceCount[] askers = {new PlaceCount(), new PlaceCount()};
        Map<HandoffId, Integer> askerOf = new HashMap<>();
        long nowNs = START;
        for (int step = 0; step < 20_000; step++) {
            HandoffId id = new HandoffId(random.nextInt(2), random.nextInt(2), random.nextInt(200), random.nextInt(2));
            nowNs += step % 2_000 < 1_000 ? random.nextInt(1_000) * 1_000L : random.nextInt(2) * SECOND;
            long atNs = nowNs;
            map.values().removeIf(untilNs -> untilNs - atNs <= 0);
            if (random.nextInt(4) == 0) {
                stones.isFull(nowNs);
                stones.remove(id);
                map.remove(id);
            } else {
                int asker = random.nextInt(askers.length);
                stones.add(id, OutcomeKind.ABORTED, EndReason.of(step % 30), askers[asker], nowNs);
                if (!map.containsKey(id)) {
                    if (map.size() == countMax) {
                        map.remove(map.keySet().iterator().next());
                    }
                    map.put(id, nowNs + MINUTE);
                    askerOf.put(id, asker);
                }
            }
            assertEquals(map.size(), stones.count(), "seed=" + seed + " step=" + step);
            assertEquals(map.containsKey(id), stones.findOrNull(id) != null, () -> "seed=" + seed + " " + id);
        }
        map.keySet().forEach(id -> assertNotNull(stones.findOrNull(id), () -> "seed=" + seed + " " + id));
        for (int asker = 0; asker < askers.length; asker++) {
            int which = asker;
            assertEquals(map.keySet().stream().filter(id -> askerOf.get(id) == which).count(), askers[asker].endedCount(), "seed=" + seed);
        }
    }

    @Test
    void shouldTellHowEachEnded() {
        Tombstones stones = new Tombstones(300, MINUTE, SEED);
        for (EndReason reason : EndReason.values()) {
            stones.add(new HandoffId(1, 2, 3, -1 - reason.code()), OutcomeKind.REJECTED, reason, null, START);
        }
        for (EndReason reason : EndReason.values()) {
            assertEquals(new Tombstones.Tombstone(OutcomeKind.REJECTED, reason), stones.findOrNull(new HandoffId(1, 2, 3, -1 - reason.code())));
        }
        assertNull(stones.findOrNull(new HandoffId(1, 2, 3, 0)));
    }

    @Test
    void shouldSuspectANodeAtItsSecondCorruptBytesWithinAMinute() {
        SuspectBook book = new SuspectBook();
        book.corrupt("a", START);
        assertEquals(0, book.suspectForMs("a", START));
        book.corrupt("a", START + MINUTE);
        assertEquals(5_001, book.suspectForMs("a", START + MINUTE), "rounded up, so that coming back then is not too early");
        assertEquals(1, book.suspectForMs("a", START + MINUTE + 5 * SECOND - 1));
        assertEquals(0, book.suspectForMs("a", START + MINUTE + 5 * SECOND));
        assertEquals(0, book.suspectForMs("b", START + MINUTE));
        List<String> alarms = new ArrayList<>();
        book.drainAlarms(alarms::add);
        assertEquals(1, alarms.size());
        assertTrue(alarms.getFirst().contains("nodeId=a times=2 grantedNothingForMs=5000"), alarms::toString);
    }

    @Test
    void shouldForgetWhatWasMoreThanAMinuteAgo() {
        SuspectBook book = new SuspectBook();
        book.corrupt("a", START);
        book.corrupt("a", START + MINUTE + 1);
        assertEquals(0, book.suspectForMs("a", START + MINUTE + 1));
    }

    @Test
    void shouldDoubleUpToAMinuteAndNotCountWhatWasGrantedBefore() {
        SuspectBook book = new SuspectBook();
        long now = START;
        book.corrupt("a", now);
        int[] expected = {5_000, 10_000, 20_000, 40_000, 60_000, 60_000};
        for (int ms : expected) {
            now += SECOND;
            book.corrupt("a", now);
            assertEquals(ms + 1, book.suspectForMs("a", now));
            book.corrupt("a", now + 1);
            assertEquals(ms, book.suspectForMs("a", now + TimeUnit.MILLISECONDS.toNanos(1)), "it counts no further meanwhile");
            now += TimeUnit.MILLISECONDS.toNanos(ms);
        }
    }

    @Test
    void shouldTellTheFirstAlarmsOfABurst() {
        SuspectBook book = new SuspectBook();
        for (int node = 0; node < 70; node++) {
            book.corrupt("n" + node, START);
            book.corrupt("n" + node, START);
        }
        List<String> alarms = new ArrayList<>();
        book.drainAlarms(alarms::add);
        assertEquals(64, alarms.size());
        assertTrue(alarms.getFirst().contains("nodeId=n0 "));
        book.drainAlarms(alarms::add);
        assertEquals(64, alarms.size());
    }

    /** 30 s, the prefill that was estimated, and 64 MiB/s. */
    @Test
    void shouldGiveAHandoffTimeForWhatItHasToBring() {
        assertEquals(30 * SECOND, ReceiverLimits.longestNs(0, 0));
        assertEquals(36 * SECOND, ReceiverLimits.longestNs(5 * SECOND, 64L << 20));
        assertEquals(31 * SECOND + SECOND / 2, ReceiverLimits.longestNs(0, 96L << 20));
        assertEquals((30 + (16L << 10)) * SECOND, ReceiverLimits.longestNs(0, 1L << 40));
    }

    @Test
    void shouldSayWhichShardNobodyBrings() {
        int[] parts = SourceParts.unnamed(3);
        assertEquals(0, SourceParts.unnamedShard(parts));
        parts[0] = 1;
        parts[2] = 0;
        assertEquals(1, SourceParts.unnamedShard(parts));
        parts[1] = 0;
        assertEquals(-1, SourceParts.unnamedShard(parts));
    }
}
