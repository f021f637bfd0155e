package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.baton.platform.Canary;
import dev.baton.sim.check.Defect;
import dev.baton.sim.check.Scenario;
import dev.baton.sim.check.StateSearch;

/**
 * Where a canary is looked for.
 *
 * @param from       the first seed; 0 for no seed: all orders of events between both cores are searched instead
 * @param invariants those that may tell
 * @param focus      what every seed plays
 */
record Hunt(long from, Set<String> invariants, Set<Focus> focus) {
    private static final int SEEDS_MAX = 200;
    private static final int STATES_MAX = 2_000;
    private static final String SCENARIO = "tcp: resend";

    static final Map<Canary, Hunt> ALL = new EnumMap<>(Map.ofEntries(
        Map.entry(Canary.FREED_ON_TIMER, new Hunt(74, Set.of("S3"))),
        Map.entry(Canary.AGENTS_NOT_AWAITED, new Hunt(0, Set.of("S3"))),
        Map.entry(Canary.FIN_WITHOUT_MARKS, new Hunt(9, Set.of("L8"))),
        Map.entry(Canary.READY_BEFORE_LAST_CELL, new Hunt(33, Set.of("S4"))),
        Map.entry(Canary.CRC_SKIPPED, new Hunt(8, Set.of("S4"))),
        Map.entry(Canary.DUPLICATE_RESERVE_ALLOCATES, new Hunt(65, Set.of("S8"))),
        Map.entry(Canary.TOMBSTONES_IGNORED, new Hunt(331, Set.of("S9"))),
        Map.entry(Canary.GROWTH_IGNORED, new Hunt(1, Set.of("S6"))),
        Map.entry(Canary.ONE_SHARD_MISSING, new Hunt(12, Set.of("L8"))),
        Map.entry(Canary.QUARANTINE_COUNTED_FREE, new Hunt(3, Set.of("S1"))),
        Map.entry(Canary.FIRST_FIT, new Hunt(5, Set.of("L4"))),
        Map.entry(Canary.ENGINE_ROOM_IGNORED, new Hunt(10, Set.of("S20"))),
        Map.entry(Canary.RECLAIMS_ONLY_WHEN_BUSY, new Hunt(181, Set.of("L1"))),
        Map.entry(Canary.ONE_TICK_A_CYCLE, new Hunt(2074, Set.of("L1"))),
        Map.entry(Canary.RUN_LEAKED, new Hunt(1, Set.of("L1"))),
        Map.entry(Canary.FREED_WHEN_TAKEN, new Hunt(1, Set.of("S2"))),
        Map.entry(Canary.KEY_TRUNCATED, new Hunt(1, Set.of("S12"))),
        Map.entry(Canary.TENANT_IGNORED, new Hunt(1, Set.of("S18"))),
        Map.entry(Canary.SLICE_KEY_TRUNCATED, new Hunt(1, Set.of("S12"))),
        Map.entry(Canary.SLICE_TENANT_IGNORED, new Hunt(20, Set.of("S18"))),
        Map.entry(Canary.SLICE_GROUP_IGNORED, new Hunt(36, Set.of("S4"))),
        Map.entry(Canary.TORN_RECORD_ACCEPTED, new Hunt(464, Set.of("S13"))),
        Map.entry(Canary.MISDIRECTED_KEY, new Hunt(415, Set.of("S12"))),
        Map.entry(Canary.LATE_TIER_WRITE, new Hunt(359, Set.of("L10"))),
        Map.entry(Canary.KEPT_UNREAD, new Hunt(7, Set.of("S4"))),
        Map.entry(Canary.REASON_DROPPED, new Hunt(6, Set.of("S19"))),
        Map.entry(Canary.END_UNTOLD, new Hunt(1, Set.of("L6"))),
        Map.entry(Canary.QUEUE_PAIR_LEFT, new Hunt(103, Set.of("S3"), Focus.CARDS)),
        Map.entry(Canary.DRAINED_BEFORE_MARKS, new Hunt(4, Set.of("S3"), Focus.CARDS)),
        Map.entry(Canary.COMPLETE_WHEN_POSTED, new Hunt(4, Set.of("S16"), Focus.CARDS)),
        Map.entry(Canary.GRANTED_WITHOUT_MEMBER, new Hunt(3, Set.of("S6"), Focus.GANGS)),
        Map.entry(Canary.MEMBER_NOT_AWAITED, new Hunt(2, Set.of("S3"), Focus.GANGS)),
        Map.entry(Canary.MEMBER_END_UNTOLD, new Hunt(2, Set.of("L6"), Focus.GANGS)),
        Map.entry(Canary.MEMBER_ENGINE_IGNORED, new Hunt(86, Set.of("S9"), Focus.GANGS)),
        Map.entry(Canary.NEXT_ENGINE_TAKES, new Hunt(56, Set.of("S3"))),
        Map.entry(Canary.UNCLAIMED_KEPT, new Hunt(2, Set.of("L1"), Focus.EARLY)),
        Map.entry(Canary.IMPOSSIBLE_QUEUED, new Hunt(1, Set.of("L5"), Focus.IMPOSSIBLE)),
        Map.entry(Canary.CACHED_NOT_COUNTED, new Hunt(1, Set.of("L3"), Focus.IMPOSSIBLE)),
        Map.entry(Canary.WALL_CLOCK, new Hunt(7, Set.of("S17"))),
        Map.entry(Canary.GRANTED_WHILE_DRAINING, new Hunt(6, Set.of("L11"), Focus.DRAINS)),
        Map.entry(Canary.SHUTDOWN_UNTOLD, new Hunt(1, Set.of("L11"), Focus.DRAINS)),
        Map.entry(Canary.HANDOFFS_LEFT, new Hunt(3, Set.of("L11"), Focus.DRAINS)),
        Map.entry(Canary.WAITED_FOR_EVER, new Hunt(8, Set.of("L2"))),
        Map.entry(Canary.LAYOUT_UNCHECKED, new Hunt(1, Set.of("S10"), Focus.MISFITS)),
        Map.entry(Canary.SEAL_UNCHECKED, new Hunt(1, Set.of("S15"), Focus.STRANGERS)),
        Map.entry(Canary.REPLAYED, new Hunt(1, Set.of("S15"), Focus.STRANGERS)),
        Map.entry(Canary.NO_REDIAL, new Hunt(3, Set.of("L8"))),
        Map.entry(Canary.STAGED_FOR_ALL, new Hunt(26, Set.of("S18"))),
        Map.entry(Canary.POST_AFTER_FIN, new Hunt(1, Set.of("S5"))),
        Map.entry(Canary.FIN_BEFORE_LAST_CELL, new Hunt(7, Set.of("L8"))),
        Map.entry(Canary.DRAINED_WITHOUT_COMPLETIONS, new Hunt(36, Set.of("S16"))),
        Map.entry(Canary.SOURCE_REUSED_EARLY, new Hunt(3, Set.of("S16"))),
        Map.entry(Canary.WINDOW_UNSHARED, new Hunt(9, Set.of("L7"), Focus.STALLS)),
        Map.entry(Canary.OUTCOME_GUESSED, new Hunt(110, Set.of("S9"))),
        Map.entry(Canary.UNKNOWN_TAKEN_FOR_FAILED, new Hunt(162, Set.of("S9"))),
        Map.entry(Canary.SCRATCH_LEAKED, new Hunt(22, Set.of("S14")))));

    private Hunt(long from, Set<String> invariants, Focus... focus) {
        this(from, invariants, Set.of(focus));
    }

    /**
     * Plays until one of the invariants tells, and then the same once more without the defect, which must hold.
     *
     * @return what to say of it; begins with "found" if it was
     */
    String run(Canary canary) {
        return from == 0 ? search(canary) : play(canary);
    }

    private String play(Canary canary) {
        Scope scope = new Scope(Integer.MAX_VALUE, Set.of(), Set.of(), focus, invariants.contains("S17") ? Origins.ALL : Origins.DRAWN);
        List<SeedResult> telling = new ArrayList<>();
        String[] other = {"no seed failed"};
        Canary.become(canary);
        new SeedRange(from, SEEDS_MAX, scope).play(1, telling::isEmpty, result -> {
            Violation violation = result.violation();
            if (violation != null && invariants.contains(violation.invariant())) {
                telling.add(result);
            } else if (violation != null) {
                other[0] = "seed=" + result.seed() + " " + violation.getMessage();
            }
        });
        Canary.become(null);
        if (telling.isEmpty()) {
            return "not found: from=" + from + scope.options() + " invariants=" + invariants + ": " + other[0];
        }
        long seed = telling.getFirst().seed();
        Violation without = SeedRange.play(seed, scope).violation();
        return without != null ? "no proof: seed=" + seed + scope.options() + " fails without it, too: " + without.getMessage()
            : "found: seed=" + seed + scope.options() + " invariant=" + telling.getFirst().violation().invariant();
    }

    private String search(Canary canary) {
        Scenario scenario = Scenario.ALL.stream().filter(one -> one.name().equals(SCENARIO)).findFirst().orElseThrow();
        Canary.become(canary);
        StateSearch.Result with = new StateSearch(scenario, Defect.NONE, STATES_MAX).run();
        Canary.become(null);
        StateSearch.Result without = new StateSearch(scenario, Defect.NONE, STATES_MAX).run();
        if (with.isSound() || !invariants.contains(with.invariant())) {
            return "not found: scenario=" + SCENARIO + " states=" + with.states() + " invariants=" + invariants + ": " + with.detail();
        }
        return !without.isSound() ? "no proof: scenario=" + SCENARIO + " fails without it, too: " + without.detail()
            : "found: scenario=" + SCENARIO + " states=" + with.states() + " invariant=" + with.invariant();
    }
}
