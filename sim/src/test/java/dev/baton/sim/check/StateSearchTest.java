package dev.baton.sim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search over the receiver's core: it finds nothing there, and does find each rule that is broken around it. */
@Timeout(180)
class StateSearchTest {
    private static final int STATES = 20_000;

    private static final List<Scenario> SMALL = List.of(
        new Scenario("small, one-sided", true, 1, 2, 1, 1, 0, false),
        new Scenario("small, two-sided", false, 1, 1, 0, 1, 2, true));

    @Test
    void shouldBreakNoInvariantInAnyOrderOfEvents() {
        long states = 0;
        for (Scenario scenario : Scenario.ALL) {
            StateSearch.Result result = new StateSearch(scenario, Defect.NONE, STATES).run();
            assertNull(result.invariant(), () -> result.detail() + " after " + result.path());
            states += result.states();
        }
        assertEquals((long) STATES * Scenario.ALL.size(), states, "states");
    }

    @Test
    void shouldSeeEveryStateAndTakeEveryStepOfSmallScenarios() {
        List<String> never = new ArrayList<>(StateSearch.stepNames());
        for (Scenario scenario : SMALL) {
            StateSearch.Result result = new StateSearch(scenario, Defect.NONE, 400_000).run();
            assertNull(result.invariant(), () -> result.detail() + " after " + result.path());
            assertTrue(result.isComplete(), () -> scenario + " states=" + result.states());
            for (int i = 0; i < result.taken().size(); i++) {
                if (result.taken().get(i) > 0) {
                    never.remove(StateSearch.stepNames().get(i));
                }
            }
        }
        assertEquals(List.of(), never, "steps never taken");
    }

    @Test
    void shouldSeeTheSameStatesAgain() {
        assertEquals(new StateSearch(SMALL.getFirst(), Defect.NONE, 20_000).run(),
            new StateSearch(SMALL.getFirst(), Defect.NONE, 20_000).run());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "DRAINED_AT_ONCE, true, S2", "POST_AFTER_ABORT, true, S2", "EVIDENCE_BY_TIMER, true, S3",
        "EVIDENCE_BY_TIMER, false, S3", "STOP_SAID_ONLY, false, S2", "MARK_OVERTAKES, false, S5",
        "HELLO_LIES, true, S3", "UNLOCK_EARLY, true, S2"
    })
    void shouldFindABrokenRule(Defect defect, boolean isOneSided, String invariant) {
        Scenario scenario = Scenario.ALL.stream().filter(each -> each.isOneSided() == isOneSided).findFirst().orElseThrow();

        StateSearch.Result result = new StateSearch(scenario, defect, 200_000).run();

        assertEquals(invariant, result.invariant(), result::detail);
        assertTrue(!result.path().isEmpty() && result.path().size() < 12, () -> "path=" + result.path());
    }
}
