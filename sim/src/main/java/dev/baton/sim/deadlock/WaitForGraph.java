package dev.baton.sim.deadlock;

import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;

/**
 * Who holds extents of one pool and who waits for how many more. Extents are alike, so a request that waits, waits for
 * whoever holds any: an edge runs from each waiting request to every other holder. Holt, ACM Computing Surveys 4(3),
 * 1972: with alike units a cycle alone proves nothing; requests are deadlocked when no order of ends serves them, so
 * {@link #stuck(long)} reduces the graph first and {@link #cycle(List)} then searches what is left. Pure. One thread.
 */
final class WaitForGraph {
    private final int[] held;
    private final int[] awaited;

    WaitForGraph(int requestCount) {
        Require.atLeast("requestCount", requestCount, 1);
        held = new int[requestCount];
        awaited = new int[requestCount];
    }

    void holds(int request, int extentCount) {
        held[request] = extentCount;
    }

    void waitsFor(int request, int extentCount) {
        awaited[request] = extentCount;
    }

    int held(int request) {
        return held[request];
    }

    int awaited(int request) {
        return awaited[request];
    }

    /** Whether {@code waiter} waits for memory that {@code holder}, another request, holds. */
    boolean hasEdge(int waiter, int holder) {
        return waiter != holder && awaited[waiter] > 0 && held[holder] > 0;
    }

    /**
     * Requests that wait and are served in no order of ends: whoever can go on ends and gives back, until nobody can.
     */
    List<Integer> stuck(long freeExtents) {
        List<Integer> waiting = new ArrayList<>();
        long available = freeExtents;
        for (int request = 0; request < held.length; request++) {
            if (awaited[request] > 0) {
                waiting.add(request);
            } else {
                available += held[request];
            }
        }
        boolean isReduced = true;
        while (isReduced) {
            isReduced = false;
            for (int i = waiting.size() - 1; i >= 0; i--) {
                int request = waiting.get(i);
                if (awaited[request] <= available) {
                    waiting.remove(/* index */ i);
                    available += held[request];
                    isReduced = true;
                }
            }
        }
        return waiting;
    }

    /**
     * One cycle among the given requests: each has an edge to the next, the last one to the first. Depth first, trying
     * the requests after the current one in order, so that neighbours in the round robin stand together.
     *
     * @return empty where there is none
     */
    List<Integer> cycle(List<Integer> among) {
        boolean[] isDone = new boolean[held.length];
        boolean[] isOnPath = new boolean[held.length];
        for (int start : among) {
            List<Integer> path = new ArrayList<>();
            int next = isDone[start] ? -1 : start;
            while (next >= 0 || !path.isEmpty()) {
                if (next >= 0) {
                    if (isOnPath[next]) {
                        return List.copyOf(path.subList(path.indexOf(next), path.size()));
                    }
                    path.add(next);
                    isOnPath[next] = true;
                } else {
                    int dead = path.removeLast();
                    isOnPath[dead] = false;
                    isDone[dead] = true;
                }
                next = path.isEmpty() ? -1 : successor(path.getLast(), among, isDone);
            }
        }
        return List.of();
    }

    private int successor(int waiter, List<Integer> among, boolean[] isDone) {
        int at = among.indexOf(waiter);
        for (int step = 1; step < among.size(); step++) {
            int holder = among.get((at + step) % among.size());
            if (hasEdge(waiter, holder) && !isDone[holder]) {
                return holder;
            }
        }
        return -1;
    }
}
