package dev.baton.sim.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.platform.Availability;

/** The short ones of {@code baton test soak}, once each; a scenario throws if anything was not as promised. */
@EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
@Timeout(180)
class SoakSystemTest {
    private static final long SEED = 20;

    private static Scenario scenario(String name) {
        return Scenarios.all().stream().filter(one -> one.toString().equals(name)).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"aborts", "tcp-bytes-altered", "aeron-loss-20"})
    void shouldKeepItsPromisesUnderThisFault(String name) throws IOException {
        Scenario scenario = scenario(name);
        Availability possible = scenario.possible();
        assumeTrue(possible.isPresent(), () -> "skipped: " + possible.describe());
        ScenarioResult result = scenario.run(new SplittableRandom(SEED));
        assertTrue(result.faults() > 0, result::toString);
        assertTrue(result.verifiedBytes() > 0 && result.delivered() >= 4, result::toString);
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "BATON_TEST_LONG", matches = "1", disabledReason = "part of baton test full")
    void shouldKeepItsPromisesWhenTheMediaDriverIsKilled() throws IOException {
        shouldKeepItsPromisesUnderThisFault("driver-killed");
    }

    @Test
    void shouldEndAndLeaveNoNamespaceBehind() throws IOException {
        Availability possible = NetworkNamespace.probe();
        assumeTrue(possible.isPresent(), () -> "skipped: " + possible.describe());
        String entered;
        try (NetworkNamespace network = NetworkNamespace.create()) {
            entered = network.entry().getLast();
            assertTrue(Tool.run("ip", "netns", "list").contains(entered));
            assertEquals(0, network.hits());
            assertThrows(IllegalArgumentException.class, () -> network.lose(101));
        }
        assertTrue(!Tool.run("ip", "netns", "list").contains(entered), entered);
    }

    @Test
    void shouldSayInItsOwnWordsWhyAToolFailed() {
        IOException thrown = assertThrows(IOException.class, () -> Tool.run("ls", "/no/such/folder"));
        assertTrue(thrown.getMessage().contains("/no/such/folder"), thrown.getMessage());
    }
}
