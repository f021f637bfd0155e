package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What has become of every request, from what both ends said about it. A request counts as completed only when its
 * prefill side heard that it was delivered and its decode side said that it had compared it. Stamps of all processes
 * are of one monotonic clock: they run on one machine. One thread.
 */
final class DemoLedger {
    /** A stage that took longer than this is counted as this long. */
    private static final long STAGE_NS_MAX = TimeUnit.HOURS.toNanos(1);

    /** What a request's time is made of, in order. */
    enum Stage {
        /** From the engine's begin (source-first: the end of prefill) until the receiver had its RESERVE. */
        QUEUE,
        /** From RESERVE to GRANT. */
        ADMISSION,
        /** From GRANT until the receiver had FIN; prefill runs meanwhile where memory comes first. */
        WIRE,
        /** From FIN to READY: what was left to verify. */
        VERIFY,
        /** From READY until the engine had compared every byte and released the memory. */
        CONSUME
    }

    private final DemoPlan plan;
    private final JsonNode[] consumed;
    private final JsonNode[] ended;
    private final BitSet settledRequests = new BitSet();
    private final Map<Stage, Histogram> stages = new EnumMap<>(Stage.class);
    private final Histogram handoff = histogram();
    private final Histogram afterPrefill = histogram();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int settled;
    private int completed;
    private int rejected;
    private int failed;
    private long tokens;
    private long bytes;
    private long verifiedBytes;
    private long heldTokens;
    private long mismatches;
    private String firstMismatch = "";
    private String firstRejection = "";
    private String firstFailure = "";

    DemoLedger(DemoPlan plan) {
        this.plan = plan;
        consumed = new JsonNode[plan.tokens().length];
        ended = new JsonNode[plan.tokens().length];
        for (Stage stage : Stage.values()) {
            stages.put(stage, histogram());
        }
    }

    private static Histogram histogram() {
        return new Histogram(STAGE_NS_MAX, 3);
    }

    /** The decode side has compared and released a request; once for each attempt that came to that. */
    void onConsumed(JsonNode line) {
        int request = line.get("request").asInt();
        if (consumed[request] != null && attempt(consumed[request]) >= attempt(line)) {
            throw new IllegalStateException("a request was ready twice: request=" + request + " attempt=" + attempt(line) +
                " before=" + attempt(consumed[request]));
        }
        consumed[request] = line;
        mismatches += line.get("mismatches").asLong();
        if (firstMismatch.isEmpty() && line.get("mismatches").asLong() > 0) {
            firstMismatch = line.get("firstMismatch").asText();
        }
        settleIfKnown(request);
    }

    /** The prefill side knows how a request ended. */
    void onEnded(JsonNode line) {
        int request = line.get("request").asInt();
        if (ended[request] != null) {
            throw new IllegalStateException("a request ended twice: request=" + request);
        }
        ended[request] = line;
        settleIfKnown(request);
    }

    private static int attempt(JsonNode line) {
        return line.get("attempt").asInt();
    }

    private void settleIfKnown(int request) {
        if (ended[request] == null || settledRequests.get(request)) {
            return;
        }
        RequestOutcome outcome = RequestOutcome.ofWord(ended[request].get("outcome").asText());
        if (outcome == RequestOutcome.COMPLETED
            && (consumed[request] == null || attempt(consumed[request]) != attempt(ended[request]))) {
            return;
        }
        settledRequests.set(request);
        settled++;
        switch (outcome) {
            case COMPLETED -> complete(request);
            case REJECTED -> {
                rejected++;
                String why = because(request);
                firstRejection = firstRejection.isEmpty() ? why : firstRejection;
            }
            case FAILED -> {
                failed++;
                String why = because(request);
                firstFailure = firstFailure.isEmpty() ? why : firstFailure;
            }
        }
    }

    private String because(int request) {
        String reason = ended[request].get("reason").asText();
        reasons.merge(reason, 1, Integer::sum);
        return ("request=" + request + " reason=" + reason + " " + ended[request].get("detail").asText()).strip();
    }

    private void complete(int request) {
        JsonNode there = consumed[request];
        JsonNode here = ended[request];
        completed++;
        tokens += plan.tokens()[request];
        bytes += there.get("bytes").asLong();
        verifiedBytes += there.get("verifiedBytes").asLong();
        heldTokens += there.get("heldTokens").asLong();

        long readyNs = there.get("readyNs").asLong();
        long admissionNs = there.get("admissionNs").asLong();
        long wireNs = there.get("wireNs").asLong();
        long verifyNs = there.get("verifyNs").asLong();
        long releasedNs = there.get("releasedNs").asLong();
        long reservedNs = readyNs - verifyNs - wireNs - admissionNs;
        long fromNs = here.get("fromNs").asLong();
        record(stages.get(Stage.QUEUE), reservedNs - fromNs);
        record(stages.get(Stage.ADMISSION), admissionNs);
        record(stages.get(Stage.WIRE), wireNs);
        record(stages.get(Stage.VERIFY), verifyNs);
        record(stages.get(Stage.CONSUME), releasedNs - readyNs);
        record(handoff, readyNs - fromNs);
        record(afterPrefill, readyNs - here.get("prefilledNs").asLong());
    }

    private static void record(Histogram histogram, long durationNs) {
        histogram.recordValue(Math.clamp(durationNs, 0, STAGE_NS_MAX));
    }

    /** Counts whatever has not ended as failed: nothing more will be heard. */
    void giveUp(String reason) {
        int open = plan.tokens().length - settled;
        if (open > 0) {
            settled += open;
            failed += open;
            reasons.merge(reason, open, Integer::sum);
            firstFailure = firstFailure.isEmpty() ? reason : firstFailure;
        }
    }

    boolean isSettled() {
        return settled == plan.tokens().length;
    }

    int settled() {
        return settled;
    }

    int completed() {
        return completed;
    }

    int rejected() {
        return rejected;
    }

    int failed() {
        return failed;
    }

    long tokens() {
        return tokens;
    }

    /** Of completed requests, those that lay at the receiver already. */
    long heldTokens() {
        return heldTokens;
    }

    /** KV of completed requests, whether sent or there already. */
    long bytes() {
        return bytes;
    }

    /** Of these, compared with what was generated. */
    long verifiedBytes() {
        return verifiedBytes;
    }

    /** Bytes that were not what was generated, over all requests that became ready. */
    long mismatches() {
        return mismatches;
    }

    /** Where the first wrong byte belongs; empty if there is none. */
    String firstMismatch() {
        return firstMismatch;
    }

    /** Empty if none was rejected. */
    String firstRejection() {
        return firstRejection;
    }

    /** Empty if none failed. */
    String firstFailure() {
        return firstFailure;
    }

    /** Why requests were rejected or failed, and how many. */
    Map<String, Integer> reasons() {
        return reasons;
    }

    /** In nanoseconds, of completed requests. */
    Histogram stage(Stage stage) {
        return stages.get(stage);
    }

    /** From the begin of the hand-off (source-first: the end of prefill) to READY, in nanoseconds. */
    Histogram handoff() {
        return handoff;
    }

    /** From the end of prefill to READY, in nanoseconds: what a request waits for. */
    Histogram afterPrefill() {
        return afterPrefill;
    }

    /** Done, and right: the exit code of the demo. */
    boolean isRight() {
        return failed == 0 && mismatches == 0 && verifiedBytes == bytes && completed + rejected == plan.tokens().length;
    }
}
