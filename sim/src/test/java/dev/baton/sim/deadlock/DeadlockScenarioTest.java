package dev.baton.sim.deadlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadlockScenarioTest {
    @ParameterizedTest(name = "{0} requests of {1} chunks")
    @CsvSource({"2, 2", "2, 64", "3, 2", "4, 8", "7, 3", "100, 2", "64, 64"})
    void shouldDeadlockInOneCycleWhenChunksTakeMemory(int requestCount, int chunkCount) {
        DeadlockResult result = DeadlockScenario.certain(requestCount, chunkCount).run(Admission.CHUNK);

        assertTrue(result.isDeadlocked());
        assertEquals(0, result.completed());
        assertEquals(requestCount, result.failed());
        assertEquals(requestCount, result.concurrentMax());
        assertEquals(chunkCount, result.turnCount(), "the turn in which nothing is left");
        assertEquals(requestCount, result.deadlock().size());
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < requestCount; i++) {
            StuckRequest stuck = result.deadlock().get(i);
            assertTrue(seen.add(stuck.request()), "nobody stands in the cycle twice");
            assertEquals(chunkCount - 1, stuck.holds());
            assertEquals(1, stuck.extentsAwaited());
            assertEquals(result.deadlock().get((i + 1) % requestCount).request(), stuck.waitsFor());
        }
    }

    @ParameterizedTest(name = "{0} requests of {1} chunks")
    @CsvSource({"2, 2", "4, 8", "7, 3", "64, 64"})
    void shouldNotSeeADeadlockWhereOneMoreExtentPreventsIt(int requestCount, int chunkCount) {
        DeadlockScenario certain = DeadlockScenario.certain(requestCount, chunkCount);
        DeadlockResult result = new DeadlockScenario(requestCount, chunkCount, certain.poolExtents() + 1).run(Admission.CHUNK);

        assertFalse(result.isDeadlocked());
        assertEquals(requestCount, result.completed());
        assertEquals(0, result.failed());
    }

    @ParameterizedTest(name = "{0} requests of {1} chunks")
    @CsvSource({"2, 2", "2, 64", "3, 2", "4, 8", "7, 3", "100, 2", "64, 64", "1024, 4"})
    void shouldFinishTheSameLoadWhenRequestsTakeMemory(int requestCount, int chunkCount) {
        DeadlockResult result = DeadlockScenario.certain(requestCount, chunkCount).run(Admission.REQUEST);

        int atOnce = requestCount * (chunkCount - 1) / chunkCount;
        assertFalse(result.isDeadlocked());
        assertEquals(requestCount, result.completed());
        assertEquals(0, result.failed());
        assertEquals(atOnce, result.concurrentMax(), "as many at a time as the pool holds whole");
        assertEquals(Math.ceilDiv(requestCount, atOnce) * chunkCount, result.turnCount());
        assertTrue(result.json().toString().endsWith("\"deadlock\":null}"), () -> result.json().toString());
        assertTrue(result.text().contains("All " + requestCount + " completed"), result::text);
    }

    @Test
    void shouldPrintTheCycle() {
        DeadlockResult result = DeadlockScenario.certain(4, 8).run(Admission.CHUNK);

        assertEquals("""
            4 requests of 8 chunks, round robin, on a pool of 28 extents; memory is taken per chunk.
            Deadlock in turn 8: 0 completed, 4 stuck for ever. The cycle:
              request r0 holds 7 extents, waits for 1 more, held by r1 ->
              request r1 holds 7 extents, waits for 1 more, held by r2 ->
              request r2 holds 7 extents, waits for 1 more, held by r3 ->
              request r3 holds 7 extents, waits for 1 more, held by r0
            Each waits for memory that the next one holds, and none gives any back before it ends.
            """, result.text());
        assertTrue(result.json().toString().endsWith("\"completed\":0,\"rejected\":0,\"failed\":4,\"concurrentMax\":4,\"turns\":8," +
            "\"deadlock\":[{\"request\":\"r0\",\"holds\":7,\"waitsFor\":\"r1\"},{\"request\":\"r1\",\"holds\":7,\"waitsFor\":\"r2\"}," +
            "{\"request\":\"r2\",\"holds\":7,\"waitsFor\":\"r3\"},{\"request\":\"r3\",\"holds\":7,\"waitsFor\":\"r0\"}]}"),
            () -> result.json().toString());
    }

    @ParameterizedTest
    @CsvSource({"1, 8, requestCount=1", "4, 1, chunkCount=1", "1025, 8, requestCount=1025", "4, 4097, chunkCount=4097"})
    void shouldRefuseALoadThatShowsNothing(int requestCount, int chunkCount, String fact) {
        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class,
            () -> DeadlockScenario.certain(requestCount, chunkCount));
        assertTrue(ex.getMessage().contains(fact), ex::getMessage);
    }
}
