package dev.baton.sim.deadlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitForGraphTest {
    @Test
    void shouldFindNobodyStuckWhereOneCanGoOn() {
        WaitForGraph graph = graph(new int[] {7, 7, 7}, new int[] {1, 1, 0});

        assertEquals(List.of(), graph.stuck(0), "the third ends and serves the others");
        assertEquals(List.of(0, 1), graph.cycle(List.of(0, 1)), "a cycle among alike units proves no deadlock by itself");
    }

    @Test
    void shouldLeaveOutWhoOnlyWaitsForTheCycle() {
        WaitForGraph graph = graph(new int[] {0, 3, 3}, new int[] {2, 1, 1});

        assertEquals(List.of(0, 1, 2), graph.stuck(0));
        assertEquals(List.of(1, 2), graph.cycle(graph.stuck(0)), "nobody waits for one that holds nothing");
    }

    @Test
    void shouldCountWhatIsFree() {
        assertEquals(List.of(0, 1), graph(new int[] {2, 2}, new int[] {3, 3}).stuck(2));
        assertEquals(List.of(), graph(new int[] {2, 2}, new int[] {3, 3}).stuck(3));
    }

    /** Against the plain definition: stuck is who cannot end in any order, tried by playing every request that can go. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldAgreeWithPlayingItOut(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            int count = random.nextInt(1, 7);
            int[] held = IntStream.generate(() -> random.nextInt(4)).limit(count).toArray();
            int[] awaited = IntStream.generate(() -> random.nextInt(5)).limit(count).toArray();
            int free = random.nextInt(3);
            WaitForGraph graph = graph(held, awaited);

            List<Integer> stuck = graph.stuck(free);
            assertEquals(playedOut(held, awaited, free), stuck, () -> "seed=" + seed);
            List<Integer> cycle = graph.cycle(stuck);
            for (int i = 0; i < cycle.size(); i++) {
                assertTrue(graph.hasEdge(cycle.get(i), cycle.get((i + 1) % cycle.size())), () -> "seed=" + seed);
            }
            long holders = stuck.stream().filter(request -> held[request] > 0).count();
            assertEquals(holders >= 2, !cycle.isEmpty(), () -> "two who hold and wait make a cycle; seed=" + seed);
        }
    }

    private static List<Integer> playedOut(int[] held, int[] awaited, int freeExtents) {
        boolean[] hasEnded = new boolean[held.length];
        int free = freeExtents;
        for (int pass = 0; pass <= held.length; pass++) {
            for (int request = 0; request < held.length; request++) {
                if (!hasEnded[request] && (awaited[request] == 0 || awaited[request] <= free)) {
                    hasEnded[request] = true;
                    free += held[request];
                }
            }
        }
        return IntStream.range(0, held.length).filter(request -> !hasEnded[request]).boxed().toList();
    }

    private static WaitForGraph graph(int[] held, int[] awaited) {
        WaitForGraph graph = new WaitForGraph(held.length);
        for (int request = 0; request < held.length; request++) {
            graph.holds(request, held[request]);
            graph.waitsFor(request, awaited[request]);
        }
        return graph;
    }
}
