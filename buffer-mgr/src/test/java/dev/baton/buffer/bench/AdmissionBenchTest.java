package dev.baton.buffer.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten times the pool, for a minute of virtual time. The seed is in every message. */
class AdmissionBenchTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldKeepItsBoundsAndSharesAndStarveNobody(long seed) {
        AdmissionBench.Result result = AdmissionBench.run(60_000, seed);

        assertTrue(result.isHeld(), result::toString);
        assertTrue(result.overtakesMax() > 0 && result.turns() > 0, () -> "never blocked: " + result);
        long all = result.tenants().stream().mapToLong(AdmissionBench.Waits::extents).sum();
        double[] shares = {1 / 8.0, 1 / 8.0, 2 / 8.0, 4 / 8.0};
        for (int tenant = 0; tenant < shares.length; tenant++) {
            assertEquals(shares[tenant], result.tenants().get(tenant).extents() / (double) all, 0.03,
                "tenant=" + tenant + " " + result);
        }
        result.sizes().forEach(size -> assertTrue(size.granted() > 0, () -> size + " starved: " + result));
    }

    @ParameterizedTest
    @ValueSource(longs = {7})
    void shouldRepeatItselfFromASeed(long seed) {
        assertEquals(AdmissionBench.run(5_000, seed), AdmissionBench.run(5_000, seed), "seed=" + seed);
    }
}
