package dev.baton.sim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search over both cores: it finds nothing there, and does find each rule that is broken around them. */
@Timeout(180)
class StateSearchTest {
    private static final int STATES = 400;

    @Test
    void shouldBreakNoInvariantInAnyOrderOfEvents() {
        long healed = 0;
        for (Scenario scenario : Scenario.ALL) {
            StateSearch.Result result = new StateSearch(scenario, Defect.NONE, STATES).run();
            assertNull(result.invariant(), () -> scenario.name() + ": " + result.detail() + " after " + result.path());
            assertTrue(result.states() == STATES || result.isComplete(), () -> scenario + " states=" + result.states());
            healed += result.healed();
        }
        assertTrue(healed > STATES / 32, "states from which everything was seen to end: " + healed);
    }

    @Test
    void shouldSeeTheSameStatesAgainBesideOtherSearches() throws Exception {
        Callable<StateSearch.Result> search =
            () -> new StateSearch(Scenario.ALL.getFirst(), Defect.NONE, STATES).run();
        StateSearch.Result alone = search.call();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (Future<StateSearch.Result> beside : pool.invokeAll(List.of(search, search))) {
                assertEquals(alone, beside.get());
            }
        }
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "DRAINED_AT_ONCE, shm: cancel, S16", "POST_AFTER_STOP, shm: cancel, S3", "DONE_AT_ONCE, shm: time, S16",
        "STOP_UNSAID, shm: cancel, L1", "EVIDENCE_BY_TIMER, shm: cancel, S3", "STOP_SAID_ONLY, tcp: doubled, S2",
        "HELLO_LIES, shm: loss, S3", "UNLOCK_EARLY, shm: loss, S3", "NEVER_QUIET, shm: loss, L1",
        "MARK_OVERTAKES, tcp: resend, S5", "CLOSED_BEFORE_LAST_CELL, tcp: resend, S5"
    })
    void shouldFindABrokenRule(Defect defect, String scenario, String invariant) {
        StateSearch.Result result = new StateSearch(Scenario.like(scenario).getFirst(), defect, 60_000).run();

        assertEquals(invariant, result.invariant(), result::detail);
        assertTrue(!result.path().isEmpty() && result.path().size() < 90, () -> "path=" + result.path());
    }
}
