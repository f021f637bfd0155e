package dev.baton.sim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the generator to the statistics published for the trace it stands in for, within the tolerances given here. */
class ConversationGeneratorTest {
    private static final int REQUESTS = 48_000;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 42, -7})
    void shouldHaveThePublishedLengths(long seed) {
        List<TraceRequest> requests = ConversationGenerator.requests(seed, REQUESTS);
        int[] prompts = requests.stream().mapToInt(TraceRequest::promptTokens).sorted().toArray();
        int[] outputs = requests.stream().mapToInt(TraceRequest::outputTokens).sorted().toArray();

        assertNear("prompt mean", 12_035, Arrays.stream(prompts).average().orElseThrow(), 0.03);
        assertNear("prompt p50", 6_909, prompts[REQUESTS / 2], 0.04);
        assertNear("prompt p90", 27_367, prompts[REQUESTS * 90 / 100], 0.04);
        assertNear("prompt p99", 85_400, prompts[REQUESTS * 99 / 100], 0.06);
        assertTrue(prompts[0] >= 891 && prompts[REQUESTS - 1] <= 126_195 && prompts[REQUESTS - 1] > 120_000);
        assertNear("output mean", 342.6, Arrays.stream(outputs).average().orElseThrow(), 0.03);
        assertNear("output p50", 350, outputs[REQUESTS / 2], 0.04);
        assertNear("output p99", 1_118, outputs[REQUESTS * 99 / 100], 0.08);
    }

    @Test
    void shouldArriveAtThePublishedRate() {
        List<TraceRequest> requests = ConversationGenerator.requests(3, REQUESTS);
        long lastMs = requests.getLast().arrivalMs();
        assertEquals(0, requests.getFirst().arrivalMs());

        assertNear("requests in 3 s", 10.2, REQUESTS * 3_000.0 / lastMs, 0.03);
        int[] slots = new int[(int) (lastMs / 3_000) + 1];
        long beforeMs = 0;
        for (TraceRequest request : requests) {
            assertTrue(request.arrivalMs() >= beforeMs, "arrivals never go back");
            beforeMs = request.arrivalMs();
            slots[(int) (beforeMs / 3_000)]++;
        }
        double variance = Arrays.stream(slots).mapToDouble(count -> (count - 10.2) * (count - 10.2)).average().orElseThrow();
        assertNear("variance of a slot, equal to the mean in a Poisson process", 10.2, variance, 0.1);
    }

    /** The measure of the published figure: longest prefix of blocks seen before, in an endless cache. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 42})
    void shouldRepeatThePublishedShareOfPromptTokens(long seed) {
        Set<Long> seen = new HashSet<>();
        long hitTokens = 0;
        long promptTokens = 0;
        List<TraceRequest> requests = new ArrayList<>();
        ConversationGenerator.withReuse(seed).limit(12_031).forEachRemaining(requests::add);
        for (TraceRequest request : requests) {
            assertTrue(request.hasBlockIds());
            int hits = 0;
            while (hits < request.blockIds().size() && seen.contains(request.blockIds().get(hits))) {
                hits++;
            }
            hitTokens += Math.min(hits * TraceRequest.BLOCK_TOKENS, request.promptTokens());
            promptTokens += request.promptTokens();
            seen.addAll(request.blockIds());
        }
        assertNear("token hit", 0.3736, (double) hitTokens / promptTokens, 0.06);
    }

    @Test
    void shouldRepeatItselfForOneSeedOnly() {
        assertEquals(ConversationGenerator.requests(5, 100), ConversationGenerator.requests(5, 100));
        assertNotEquals(ConversationGenerator.requests(5, 100), ConversationGenerator.requests(6, 100));
    }

    private static void assertNear(String what, double published, double made, double tolerance) {
        assertEquals(published, made, published * tolerance, what);
    }
}
