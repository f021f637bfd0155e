package dev.baton.sim.deadlock;

import dev.baton.sim.report.JsonReport;
import java.util.List;

/**
 * What became of the requests of a {@link DeadlockScenario}. A request either completed or is stuck for ever.
 *
 * @param concurrentMax most requests that held memory at once
 * @param turnCount     turns of the round robin until the end, or until nothing could move any more
 * @param deadlock      the cycle, each request waiting for the next and the last for the first; empty where there is
 *                      none
 */
public record DeadlockResult(
    DeadlockScenario scenario, Admission admission, int completed, int failed, int concurrentMax, int turnCount,
    List<StuckRequest> deadlock) {

    public DeadlockResult {
        deadlock = List.copyOf(deadlock);
    }

    public boolean isDeadlocked() {
        return !deadlock.isEmpty();
    }

    /** For programs: {@code deadlock} is null, or the cycle as {@code [{request, holds, waitsFor}]}. */
    public JsonReport json() {
        JsonReport json = new JsonReport()
            .add("admission", admission.word())
            .add("requests", scenario.requestCount())
            .add("chunksPerRequest", scenario.chunkCount())
            .add("poolExtents", scenario.poolExtents())
            .add("completed", completed)
            .add("rejected", 0)
            .add("failed", failed)
            .add("concurrentMax", concurrentMax)
            .add("turns", turnCount);
        return isDeadlocked() ? json.add("deadlock", deadlock.stream().map(StuckRequest::json).toList())
            : json.addNull("deadlock");
    }

    /** For people: the load, what happened, and the cycle where there is one. Each line ends. */
    public String text() {
        StringBuilder text = new StringBuilder(256)
            .append(scenario.requestCount()).append(" requests of ").append(scenario.chunkCount())
            .append(" chunks, round robin, on a pool of ").append(scenario.poolExtents())
            .append(" extents; memory is taken per ").append(admission.word()).append(".\n");
        if (isDeadlocked()) {
            text.append("Deadlock in turn ").append(turnCount).append(": ").append(completed).append(" completed, ")
                .append(failed).append(" stuck for ever. The cycle:\n");
            for (StuckRequest stuck : deadlock) {
                text.append("  ").append(stuck).append(stuck.equals(deadlock.getLast()) ? "\n" : " ->\n");
            }
            text.append("Each waits for memory that the next one holds, and none gives any back before it ends.\n");
        } else {
            text.append("All ").append(completed).append(" completed in ").append(turnCount).append(" turns, at most ")
                .append(concurrentMax).append(" at a time; nobody who was admitted waited for memory.\n");
        }
        return text.toString();
    }
}
