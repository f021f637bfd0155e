package dev.baton.sim.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.sim.trace.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The replay against what others computed for the same traces, and the aims of the policy for chains. */
class PublishedCurvesTest {
    private static final Path FOLDER = SharedData.folder().resolve("traces").resolve("mooncake");
    private static final Map<String, CacheTrace> TRACES = new HashMap<>();

    @BeforeEach
    void findTraces() {
        assumeTrue(Files.exists(FOLDER), () -> "no published traces here: folder=" + FOLDER + "; set BATON_DATA");
    }

    private static CacheTrace trace(String name) {
        return TRACES.computeIfAbsent(name, _ -> CacheTrace.read(FOLDER.resolve(name + "_trace.jsonl")));
    }

    @Test
    void shouldReproduceEveryPointOfTheLruCurves() throws IOException {
        List<String> lines = Files.readAllLines(FOLDER.resolve("lru_curves.csv"));
        assertTrue(lines.getFirst().endsWith("capacity_blocks_512,capacity_tokens,block_hit_prefix,token_hit_prefix"));

        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split(",", -1);
            CacheReplay.Hits hits = HitCurves.run(trace(fields[0]), "lru", Long.parseLong(fields[3]) * 512);

            assertEquals(Double.parseDouble(fields[6]), hits.whole(), 0.001, line);
            assertEquals(Double.parseDouble(fields[5]), hits.blocks(), 0.001, line);
        }
        assertEquals(29, lines.size());
    }

    @ParameterizedTest
    @CsvSource({
        "conversation, 1000000, 0.258", "conversation, 3000000, 0.360", "conversation, 10000000, 0.374",
        "conversation, 30000000, 0.374", "synthetic, 1000000, 0.383", "synthetic, 3000000, 0.560",
        "synthetic, 10000000, 0.651"})
    void shouldReproduceTheOfflineOptimum(String name, long capacityTokens, double tokenHit) {
        assertEquals(tokenHit, HitCurves.run(trace(name), HitCurves.BELADY, capacityTokens).whole(), 0.003);
    }

    @ParameterizedTest
    @CsvSource({
        "conversation, 1000000", "conversation, 3000000", "conversation, 10000000",
        "synthetic, 1000000", "synthetic, 3000000", "synthetic, 10000000"})
    void shouldNeverBeFarBelowTheBestKnownPolicy(String name, long capacityTokens) {
        double best = 0;
        for (String policy : List.of("lru", "s3-fifo", "w-tinylfu")) {
            best = Math.max(best, HitCurves.run(trace(name), policy, capacityTokens).second());
        }
        double chain = HitCurves.run(trace(name), "chain", capacityTokens).second();

        assertTrue(chain >= best - 0.005, "chain=" + chain + " best=" + best);
    }

    @Test
    void shouldHitAFifthMoreThanLruInConversations() {
        double lru = HitCurves.run(trace("conversation"), "lru", 3_000_000).second();
        double chain = HitCurves.run(trace("conversation"), "chain", 3_000_000).second();

        assertTrue(chain >= 1.2 * lru, "chain=" + chain + " lru=" + lru);
    }

    /** What it costs to compute again, attention included, is what the policy that knows of it keeps. */
    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldSaveMoreOfTheCostThanLruWhereAttentionCounts() {
        for (long capacityTokens : new long[] {1_000_000, 3_000_000, 10_000_000}) {
            double lru = HitCurves.run(trace("conversation"), "lru", capacityTokens).cost();
            double chain = HitCurves.run(trace("conversation"), HitCurves.CHAIN_COST, capacityTokens).cost();

            assertTrue(chain > lru, "chain-cost=" + chain + " lru=" + lru + " capacityTokens=" + capacityTokens);
        }
    }
}
