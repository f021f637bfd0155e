package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.sim.report.JsonReport;

/** How faults and steps are added up and told. */
class CoverageTest {
    private final StateSteps<ReservationState> steps = StateSteps.ofReservations();
    private final Coverage coverage = new Coverage();

    @Test
    void shouldTellWhatNoneTookByTheTableOfTheCode() {
        steps.onStep(null, ReservationState.QUEUED);
        for (ReservationState from : ReservationState.values()) {
            for (ReservationState to : ReservationState.values()) {
                if (from.mayBecome(to) && from != ReservationState.QUARANTINED) {
                    steps.onStep(from, to);
                }
            }
        }

        assertEquals(List.of("QUARANTINED>FENCED"), steps.neverTaken());
        assertEquals(List.of(), steps.forbidden());
        assertEquals(0, steps.taken().get("QUARANTINED>FENCED"));
    }

    @Test
    void shouldTellStepsThatTheTableHasNot() {
        steps.onStep(ReservationState.GRANTED, ReservationState.VERIFYING);
        steps.onStep(null, ReservationState.READY);
        steps.onStep(ReservationState.RELEASED, ReservationState.QUEUED);

        assertEquals(List.of("GRANTED>VERIFYING", "RELEASED>QUEUED", "->READY"), steps.forbidden());
        assertEquals(1, steps.taken().get("GRANTED>VERIFYING"));
        assertTrue(steps.neverTaken().contains("->QUEUED"), () -> steps.neverTaken().toString());
        assertFalse(steps.neverTaken().contains("->READY"));
    }

    @Test
    void shouldAddUpSeeds() {
        steps.onStep(null, ReservationState.QUEUED);
        steps.onStep(ReservationState.QUEUED, ReservationState.REJECTED);
        coverage.add(result(Set.of(FaultKind.DELAY, FaultKind.LOSS), Map.of("delay", 5, "bandwidth", 2)));
        coverage.add(result(Set.of(FaultKind.DELAY), Map.of("delay", 7)));

        assertEquals(12, coverage.count(FaultKind.DELAY));
        assertEquals(2, coverage.seedsOn(FaultKind.DELAY));
        assertEquals(1, coverage.seedsOn(FaultKind.LOSS));
        assertEquals(2, coverage.reservations().entered().get("REJECTED"));
        JsonReport report = new JsonReport();
        coverage.addTo(report);
        String json = report.toString();
        assertTrue(json.contains("\"delay\":12,") && json.contains("\"bandwidth\":2,") && json.contains("\"QUEUED>REJECTED\":2"), json);
        assertTrue(json.contains("\"neverTaken\":{\"reservations\":[\"QUEUED>GRANTED\","), json);
        StringWriter text = new StringWriter();
        coverage.print(new PrintWriter(text));
        List<String> lines = text.toString().lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
        assertTrue(lines.containsAll(List.of("delay 12 2 of 2", "loss 0 0 of 1", "slow-agent 0 0 of 0", "bandwidth 2 of these, or with them", "QUEUED>REJECTED 2",
            "kinds of faults that were on and never happened: loss")), text::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("legal steps of handoffs that were never taken: NEW>PARKED ")), text::toString);
    }

    private SeedResult result(Set<FaultKind> enabled, Map<String, Integer> faults) {
        return new SeedResult(1, null, 0, 0, 0, 0, enabled, faults, steps, StateSteps.ofHandoffs(), Map.of(), Map.of(), List.of());
    }
}
