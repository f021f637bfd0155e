package dev.baton.sim.deadlock;

import dev.baton.sim.report.JsonReport;

/**
 * One request of a deadlock.
 *
 * @param request        its name, e.g. {@code r0}
 * @param holds          extents it holds and will not give back before it ends
 * @param extentsAwaited extents it needs to go on
 * @param waitsFor       the request, next in the cycle, that holds such extents
 */
public record StuckRequest(String request, int holds, int extentsAwaited, String waitsFor) {
    JsonReport json() {
        return new JsonReport().add("request", request).add("holds", holds).add("waitsFor", waitsFor);
    }

    @Override
    public String toString() {
        return "request " + request + " holds " + holds + (holds == 1 ? " extent" : " extents") + ", waits for " +
            extentsAwaited + " more, held by " + waitsFor;
    }
}
