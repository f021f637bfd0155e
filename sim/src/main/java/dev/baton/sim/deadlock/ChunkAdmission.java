package dev.baton.sim.deadlock;

import java.util.ArrayList;
import java.util.List;

/** Runs a scenario the way that deadlocks: each chunk takes an extent when it arrives, and waits where none is free. */
final class ChunkAdmission {
    private final DeadlockScenario scenario;
    private final WaitForGraph graph;
    private final boolean[] isComplete;
    private int extentsFree;
    private int completed;
    private int holders;
    private int concurrentMax;

    ChunkAdmission(DeadlockScenario scenario) {
        this.scenario = scenario;
        graph = new WaitForGraph(scenario.requestCount());
        isComplete = new boolean[scenario.requestCount()];
        extentsFree = scenario.poolExtents();
    }

    DeadlockResult run() {
        List<Integer> stuck = List.of();
        int turn = 0;
        while (completed < scenario.requestCount() && stuck.isEmpty()) {
            turn++;
            for (int request = 0; request < scenario.requestCount() && stuck.isEmpty(); request++) {
                if (!isComplete[request] && !takeOne(request)) {
                    stuck = graph.stuck(extentsFree);
                }
            }
        }
        return new DeadlockResult(scenario, Admission.CHUNK, completed, stuck.size(), concurrentMax, turn,
            describe(graph.cycle(stuck)));
    }

    /** Lands the next chunk of a request; false where it has to wait. */
    private boolean takeOne(int request) {
        if (extentsFree == 0) {
            graph.waitsFor(request, 1);
            return false;
        }
        int held = graph.held(request) + 1;
        if (held == 1) {
            holders++;
            concurrentMax = Math.max(concurrentMax, holders);
        }
        extentsFree--;
        graph.waitsFor(request, 0);
        graph.holds(request, held);
        if (held == scenario.chunkCount()) {
            graph.holds(request, 0);
            extentsFree += held;
            holders--;
            completed++;
            isComplete[request] = true;
        }
        return true;
    }

    private List<StuckRequest> describe(List<Integer> cycle) {
        List<StuckRequest> described = new ArrayList<>(cycle.size());
        for (int i = 0; i < cycle.size(); i++) {
            int request = cycle.get(i);
            int next = cycle.get((i + 1) % cycle.size());
            described.add(new StuckRequest("r" + request, graph.held(request), graph.awaited(request), "r" + next));
        }
        return described;
    }
}
