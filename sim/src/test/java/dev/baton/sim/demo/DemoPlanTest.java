package dev.baton.sim.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ShardPairing;
import dev.baton.sim.trace.ConversationGenerator;
import dev.baton.sim.trace.TraceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoPlanTest {
    private static final DemoPlan.Wishes NONE = new DemoPlan.Wishes(0, 0, 0, false);

    private static ShardPairing pairing(String model, int prefillTp, int decodeTp) {
        return DemoSetup.pairing(model, DimensionOrder.NHD, DimensionOrder.NHD, prefillTp, decodeTp);
    }

    private static int[] conversations(int requests) {
        return ConversationGenerator.requests(1, requests).stream().mapToInt(TraceRequest::promptTokens).toArray();
    }

    @ParameterizedTest
    @CsvSource({"Llama-3.1-8B, 1, 1, 100", "Llama-3.1-70B, 4, 2, 1", "DeepSeek-V3, 2, 4, 300", "gpt-oss-20b, 1, 8, 1000"})
    void shouldScaleSoThatAllOfItFitsTheBudget(String model, int prefillTp, int decodeTp, int requests) {
        ShardPairing pairing = pairing(model, prefillTp, decodeTp);

        DemoPlan plan = DemoPlan.of(pairing, conversations(requests), NONE);

        long largest = 0;
        long total = 0;
        for (int tokens : plan.tokens()) {
            long bytes = CellMap.ofTarget(pairing, tokens, 0, 0, DemoPlan.EXTENT_BYTES).totalBytes();
            largest = Math.max(largest, bytes);
            total += bytes;
        }
        assertEquals(total, plan.totalBytes());
        assertEquals(largest, plan.largestBytes());
        assertTrue(total <= DemoPlan.BUDGET_BYTES, () -> "totalBytes=" + plan.totalBytes());
        assertTrue(plan.scale() >= 1);
    }

    @Test
    void shouldTakeTheLeastScaleThatFits() {
        ShardPairing pairing = pairing("Llama-3.1-8B", 1, 1);
        int[] tokens = conversations(100);
        int scale = DemoPlan.of(pairing, tokens, NONE).scale();

        DemoPlan oneLess = DemoPlan.of(pairing, tokens, new DemoPlan.Wishes(scale - 1, 0, 0, false));

        assertTrue(oneLess.totalBytes() > DemoPlan.BUDGET_BYTES, () -> "scale=" + scale);
    }

    @Test
    void shouldDivideTokensAndRoundUp() {
        DemoPlan plan = DemoPlan.of(pairing("Llama-3.1-8B", 1, 1), new int[] {1, 10, 11, 2_000},
            new DemoPlan.Wishes(10, 0, 0, false));

        assertArrayEquals(new int[] {1, 1, 2, 200}, plan.tokens());
        assertEquals(204, plan.totalTokens());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 2", "2, 4"})
    void shouldMakeAPoolThatHoldsTheLargestRequestAndIsMuchSmallerThanTheWork(int prefillTp, int decodeTp) {
        ShardPairing pairing = pairing("Llama-3.1-8B", prefillTp, decodeTp);

        DemoPlan plan = DemoPlan.of(pairing, conversations(100), NONE);

        for (int tokens : plan.tokens()) {
            CellMap map = CellMap.ofTarget(pairing, tokens, 0, 0, DemoPlan.EXTENT_BYTES);
            for (int shard = 0; shard < decodeTp; shard++) {
                assertTrue((long) map.extents(shard) * DemoPlan.EXTENT_BYTES <= plan.poolBytesPerShard(), plan::toString);
            }
        }
        assertTrue(plan.poolBytesPerShard() * decodeTp * 4 < plan.totalBytes(), plan::toString);
    }

    @Test
    void shouldStageTheLargestRequestWholeWhereItsDecodeNodeIsNotKnown() {
        ShardPairing pairing = pairing("Llama-3.1-8B", 2, 4);

        DemoPlan plan = DemoPlan.of(pairing, conversations(100), new DemoPlan.Wishes(0, 0, 0, true));

        assertTrue(plan.stagingBytes() >= plan.largestBytes(), plan::toString);
    }

    @ParameterizedTest
    @CsvSource({"1, 2048", "4, 512", "8, 256", "1000, 256"})
    void shouldScaleChunksWithTheRequestsDownToOneBlock(int scale, int chunkTokens) {
        DemoPlan plan = DemoPlan.of(pairing("Llama-3.1-8B", 1, 1), new int[] {4_000}, new DemoPlan.Wishes(scale, 0, 0, false));

        assertEquals(chunkTokens, plan.chunkTokens());
    }

    @Test
    void shouldRefuseChunksThatCutBlocks() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> DemoPlan.of(
            pairing("Llama-3.1-8B", 1, 1), new int[] {4_000}, new DemoPlan.Wishes(1, 300, 0, false)));

        assertEquals("chunkTokens must be a multiple of the block of 256 tokens: chunkTokens=300", refused.getMessage());
    }
}
