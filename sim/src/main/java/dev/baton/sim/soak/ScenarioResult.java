package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one run of a scenario came to.
 *
 * @param faults        how often the fault happened, counted where it was made; never 0 in a run that passed
 * @param delivered     requests whose outcome was DELIVERED
 * @param ended         the other requests, by the reason their sender was told
 * @param verifiedBytes compared at the receiver, all of them right
 * @param seconds       from the fault's end to the moment that nothing was held any more
 * @param measures      what else was measured
 */
record ScenarioResult(long faults, long delivered, Map<String, Long> ended, long verifiedBytes, double seconds,
    List<Measure> measures) {
    /** Adds what the senders' JSON says. */
    static ScenarioResult of(long faults, long verifiedBytes, double seconds, JsonNode... sends) {
        long delivered = 0;
        Map<String, Long> ended = new TreeMap<>();
        for (JsonNode send : sends) {
            delivered += send.get("completed").asLong();
            send.get("ends").properties().forEach(end -> ended.merge(end.getKey(), end.getValue().asLong(), Long::sum));
            ended.remove("delivered");
        }
        return new ScenarioResult(faults, delivered, ended, verifiedBytes, seconds, List.of());
    }

    /** Both together; the longer time of the two. */
    ScenarioResult plus(ScenarioResult other) {
        Map<String, Long> bothEnded = new TreeMap<>(ended);
        other.ended.forEach((reason, count) -> bothEnded.merge(reason, count, Long::sum));
        List<Measure> bothMeasured = new ArrayList<>(measures);
        bothMeasured.addAll(other.measures);
        return new ScenarioResult(faults + other.faults, delivered + other.delivered, bothEnded,
            verifiedBytes + other.verifiedBytes, Math.max(seconds, other.seconds), bothMeasured);
    }

    /** The same with requests that nobody's JSON tells of, because their sender was killed. */
    ScenarioResult plusDelivered(long more) {
        return new ScenarioResult(faults, delivered + more, ended, verifiedBytes, seconds, measures);
    }

    /** The same with one more measure. */
    ScenarioResult with(String name, double value, double bound) {
        List<Measure> all = new ArrayList<>(measures);
        all.add(new Measure(name, value, bound));
        return new ScenarioResult(faults, delivered, ended, verifiedBytes, seconds, all);
    }
}
