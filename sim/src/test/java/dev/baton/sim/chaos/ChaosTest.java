package dev.baton.sim.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.sim.report.Silence;

/** The simulation itself: that it can be trusted to say the same twice, and to be calm when nothing goes wrong. */
@Timeout(120)
class ChaosTest {
    private static final Scope RANKED = Scope.ALL.on(Focus.RANKS);
    private static final int SEEDS = 20;
    private static final int COVERED_WITHIN = 240;
    /** What was found in thousands of seeds once is looked for in few of them by each check. */
    private static final int TIMES = "1".equals(System.getenv("BATON_TEST_LONG")) ? 3 : 1;

    @Test
    void shouldPlayTheSameSeedsTheSameWay() {
        Tally first = play(1, SEEDS, Scope.ALL);
        Tally second = play(1, SEEDS, Scope.ALL);

        assertEquals(first.json().toString(), second.json().toString());
        assertTrue(first.events() > 1_000, () -> "events=" + first.events());
        assertNotEquals(first.hash(), play(SEEDS + 1, SEEDS, Scope.ALL).hash());
    }

    @Test
    void shouldSayTheSameWhateverTheNumberOfThreads() {
        Tally alone = play(1, SEEDS, Scope.ALL);
        Tally shared = new Tally(Scope.ALL);
        try (Silence _ = Silence.whole()) {
            new SeedRange(1, SEEDS, Scope.ALL).play(3, () -> true, shared::add);
        }

        assertEquals(alone.json().toString(), shared.json().toString());
    }

    @Test
    void shouldKeepARowForEachRangeItPlayed(@TempDir Path folder) throws IOException {
        Path table = folder.resolve("seeds.md");
        String first = play(5, 2, Scope.ALL).row(5, "abc");
        String second = play(7, 1, Scope.ALL.requestsMax(1).without(Set.of(FaultKind.LOSS))).row(7, "abc");
        SeedRecord.append(table, first);
        SeedRecord.append(table, second);

        assertTrue(first.startsWith("| 5 to 6 | `abc` | 0 | "), first);
        assertTrue(second.startsWith("| 7 to 7 --requests 1 --without loss | `abc` | 0 | "), second);
        assertEquals(List.of(first, second), Files.readAllLines(table).subList(2, 4));
        assertEquals("unknown", SeedRecord.commitOf(folder));
    }

    @Test
    void shouldDeliverEverythingWhereNothingGoesWrong() {
        Tally calm = play(1, 3 * SEEDS, Scope.ALL.without(EnumSet.allOf(FaultKind.class)));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertNoFault(calm.coverage());
    }

    @ParameterizedTest
    @ValueSource(longs = {506, 746, 1117, 1192, 2006, 2017, 2031, 2047, 2660, 3289, 3320, 4391, 5067, 7465, 8564, 4010001})
    void shouldHoldWhatASeedBrokeOnce(long seed) {
        Tally once = play(seed, 1, Scope.ALL);

        assertEquals(0, once.failures(), once::firstWhy);
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 76, 83, 87, 94, 1187})
    void shouldHoldWhatASeedOfGangsBrokeOnce(long seed) {
        Tally once = play(seed, 1, Scope.ALL.on(Focus.GANGS));

        assertEquals(0, once.failures(), once::firstWhy);
    }

    @Test
    void shouldHoldEveryInvariantUnderFaults() {
        Tally faulty = play(1, 3 * SEEDS, Scope.ALL);

        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertSeen(faulty, "engine-killed", "engine-replaced", "prefill-engine-lost");
        // Some kinds need lanes or disks that few seeds have.
        for (long seed = 3 * SEEDS + 1; !neverHappened(faulty.coverage()).isEmpty() && seed <= COVERED_WITHIN; seed++) {
            faulty.add(play(seed));
        }
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertCovered(faulty.coverage());
    }

    private static List<FaultKind> neverHappened(Coverage coverage) {
        return Arrays.stream(FaultKind.values()).filter(kind -> coverage.count(kind) == 0).toList();
    }

    /** Each kind did happen; nothing went a way that the code's own tables do not have; and both ends' ends were come to. */
    private static void assertCovered(Coverage coverage) {
        assertEquals(List.of(), neverHappened(coverage));
        assertEquals(List.of(), coverage.reservations().forbidden());
        assertEquals(List.of(), coverage.handoffs().forbidden());
        assertCameTo(coverage.reservations().entered(), "READY", "TAKEN", "FENCED", "RELEASED", "ABORTED", "REJECTED");
        assertCameTo(coverage.handoffs().entered(), "PARKED", "LANDED", "CANCELLING", "UNKNOWN", "DONE", "FAILED");
    }

    private static void assertCameTo(Map<String, Long> entered, String... states) {
        for (String state : states) {
            assertTrue(entered.get(state) > 0, () -> state + " in " + entered);
        }
    }

    /** What nodes do and ways take by themselves is not taken for a fault. */
    private static void assertNoFault(Coverage coverage) {
        for (FaultKind kind : FaultKind.values()) {
            assertEquals(0, coverage.count(kind), kind::tag);
        }
    }

    @Test
    void shouldHoldEveryInvariantWhereSeveralProcessesSendEachRequest() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.RANKS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, 3 * SEEDS, RANKED);

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
    }

    /** Members die, are cut off and come back in the middle of grants; two canaries say that it would notice. */
    @Test
    void shouldHoldEveryInvariantWhereSeveralProcessesReceiveEachRequest() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.GANGS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.GANGS));
        Tally both = play(1, SEEDS, Scope.ALL.on(Focus.GANGS, Focus.RANKS));
        // Their members' engines go while requests are on their way to them.
        Tally engines = play(86, 1, Scope.ALL.on(Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, both.failures(), both::firstWhy);
        assertEquals(0, engines.failures(), engines::firstWhy);
        assertSeen(engines, "gang-engine-here");
        assertSeen(faulty, "gang-lend", "gang-grant", "gang-ready", "gang-ended", "gang-member-lost", "gang-leader-lost");
    }

    /** Cards that hold writes back, lose completions and outlive their processes; two canaries say that it would notice. */
    @Test
    void shouldHoldEveryInvariantOnTheLanesOfRdma() {
        Scope cards = Scope.ALL.on(Focus.CARDS);
        Tally calm = play(1, SEEDS, cards.without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, 2 * SEEDS, cards);
        Tally ofGangs = play(1, SEEDS, Scope.ALL.on(Focus.CARDS, Focus.GANGS));
        // Fails if DRAINED names none of a member's marks.
        Tally atMember = play(233, 1, Scope.ALL.on(Focus.CARDS, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGangs.failures(), ofGangs::firstWhy);
        assertEquals(0, atMember.failures(), atMember::firstWhy);
        assertTrue(faulty.coverage().count(FaultKind.LATE_WRITE) > 0 && faulty.coverage().count(FaultKind.ZOMBIE_WRITE) > 0, () -> faulty.json().toString());
    }

    /** Engines of nodes with both roles read what lies in their pools, and hand it on; others fetch it from there. */
    @Test
    void shouldHoldEveryInvariantWhereReceiversHandOnWhatTheyReceived() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.FORWARDS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.FORWARDS));
        Tally toGangs = play(1, SEEDS, Scope.ALL.on(Focus.FORWARDS, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, toGangs.failures(), toGangs::firstWhy);
        assertSeen(faulty, "load-here", "load-none", "handed-on", "fetch-landed");
        assertSeen(toGangs, "handed-on-to-gang", "gang-ready-forwarded");
    }

    @Test
    void shouldHoldEveryInvariantWherePartsOfPromptsArePassages() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.PASSAGES).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.PASSAGES));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertSeen(faulty, "passage-named", "passage-found", "passage-none");
    }

    @Test
    void shouldHoldEveryInvariantWhereMemoryIsHeldBeforeASenderAsks() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.EARLY).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.EARLY));
        Tally ofGangs = play(1, SEEDS, Scope.ALL.on(Focus.EARLY, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGangs.failures(), ofGangs::firstWhy);
        assertSeen(faulty, "early-held", "early-ready", "early-ended", "early-ended-queued", "early-given-up", "early-refused");
        assertSeen(ofGangs, "early-held", "early-ready", "early-ended");
    }

    /** Larger than the pool, or than a tenant may have, refused at once; as large as the pool, granted in the end; two canaries say that it would notice. */
    @Test
    void shouldHoldEveryInvariantWhereRequestsAreAsLargeAsThePoolOrLarger() {
        Scope impossible = Scope.ALL.on(Focus.IMPOSSIBLE);
        Tally calm = play(1, SEEDS / 2, impossible.without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, impossible);
        Tally ofGangs = play(1, SEEDS / 4, Scope.ALL.on(Focus.IMPOSSIBLE, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGangs.failures(), ofGangs::firstWhy);
        assertSeen(calm, "impossible-answered", "impossible-refused", "quota-refused", "largest-in-place-of-blocks");
        assertSeen(faulty, "impossible-refused", "quota-refused", "largest-in-place-of-blocks");
    }

    /** The same to the last message, whatever is played: processes tell one another durations and nothing else. */
    @Test
    void shouldPlayTheSameWhereverClocksBegin() {
        Tally twins = play(1, SEEDS / 4, Scope.ALL.origins(Origins.ALL));
        assertEquals(0, twins.failures(), twins::firstWhy);
        for (Focus one : Focus.values()) {
            Tally focused = play(7, 1, Scope.ALL.on(one).origins(Origins.ALL));
            assertEquals(0, focused.failures(), focused::firstWhy);
        }
    }

    /** Nodes are told to end, drain, go and come back; three canaries say that it would notice. */
    @Test
    void shouldHoldEveryInvariantWhereNodesAreToldToEnd() {
        Tally calm = play(1, SEEDS / 5, Scope.ALL.on(Focus.DRAINS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS / 4, Scope.ALL.on(Focus.DRAINS));
        // Its leader granted what waited, though its member had said that it goes.
        Tally ofGang = play(8710012, 1, Scope.ALL.on(Focus.DRAINS, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGang.failures(), ofGang::firstWhy);
        assertNoFault(calm.coverage());
        assertSeen(faulty, "drain", "drain-left", "drain-time-over");
        assertSeen(ofGang, "drain-member-known");
    }

    /** Somebody copies, changes and makes up what nodes with a secret say to each other; two canaries say that it would notice. */
    @Test
    void shouldHoldEveryInvariantWhereStrangersSendWhatTheyLike() {
        Tally calm = play(1, SEEDS / 2, Scope.ALL.on(Focus.STRANGERS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.STRANGERS));
        Tally ofGangs = play(1, SEEDS / 4, Scope.ALL.on(Focus.STRANGERS, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGangs.failures(), ofGangs::firstWhy);
        assertSeen(calm, "stranger-replayed", "stranger-altered", "stranger-readdressed", "stranger-sealed", "stranger-made-up", "stranger-answered");
    }

    /** What one sender has fits no receiver: its handoffs are refused and the others' go on; a canary says that it would notice. */
    @Test
    void shouldHoldEveryInvariantWhereASenderHasALayoutThatNoPlanConverts() {
        Tally calm = play(1, SEEDS / 2, Scope.ALL.on(Focus.MISFITS).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.MISFITS));
        Tally ofGangs = play(1, SEEDS / 4, Scope.ALL.on(Focus.MISFITS, Focus.GANGS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, ofGangs.failures(), ofGangs::firstWhy);
        assertSeen(calm, "misfit-refused", "misfit-early-refused", "misfit-parked", "misfit-not-wanted");
        assertSeen(faulty, "misfit-refused", "misfit-early-refused");
    }

    /** It stops, is cut off or is slow, and what goes to the others takes as long as without; a canary says that it would notice. */
    @Test
    void shouldLetTheOthersGoOnWhereOneReceiverStopsOrIsSlow() {
        Tally stalled = play(1, TIMES * SEEDS, Scope.ALL.on(Focus.STALLS));

        assertEquals(0, stalled.failures(), stalled::firstWhy);
        assertSeen(stalled, "others-no-later");
        assertTrue(stalled.coverage().count(FaultKind.PAUSE_RECEIVER) > 0 && stalled.coverage().count(FaultKind.PARTITION) > 0, () -> stalled.json().toString());
    }

    /** What is remembered for minutes is forgotten, and some faults last for most of it; nobody asks a directory or a scheduler all that time. */
    @Test
    void shouldHoldEveryInvariantForAnHourAndMore() {
        Scope hours = Scope.ALL.on(Focus.HOURS);
        Tally calm = play(1, 2, hours.without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, SEEDS / 5, hours);
        // A sender that had stood still for longer than a receiver remembers began what had ended there.
        Tally early = play(1009, 1, Scope.ALL.on(Focus.HOURS, Focus.EARLY));
        // A node that had stood still for minutes reads that a session is over, and then what else it was told there.
        Tally strangers = play(8868083, 1, Scope.ALL.on(Focus.HOURS, Focus.STRANGERS));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        assertEquals(0, early.failures(), early::firstWhy);
        assertEquals(0, strangers.failures(), strangers::firstWhy);
        assertNoFault(calm.coverage());
        try (Silence _ = Silence.whole()) {
            SeedResult one = SeedRange.play(1, hours);
            assertTrue(one.virtualNs() > TimeUnit.HOURS.toNanos(1), () -> "virtualNs=" + one.virtualNs());
        }
    }

    private static void assertSeen(Tally tally, String... what) {
        String counts = tally.json().toString();
        for (String seen : what) {
            assertTrue(counts.contains('"' + seen + '"'), () -> seen + " in " + counts);
        }
    }

    /** What was fetched is read by the requests that begin so. */
    @Test
    void shouldHoldEveryInvariantWhereReceiversFetchFromSenders() {
        Tally calm = play(1, SEEDS, Scope.ALL.on(Focus.FETCHES).without(EnumSet.allOf(FaultKind.class)));
        Tally faulty = play(1, 2 * SEEDS, Scope.ALL.on(Focus.FETCHES));

        assertEquals(0, calm.failures(), calm::firstWhy);
        assertEquals(0, faulty.failures(), faulty::firstWhy);
        String counts = faulty.json().toString();
        assertTrue(counts.contains("\"fetch-landed\"") && counts.contains("\"fetch-failed\""), counts);
    }

    private static Tally play(long from, int seeds, Scope scope) {
        try (Silence _ = Silence.whole()) {
            Tally tally = new Tally(scope);
            for (int i = 0; i < seeds; i++) {
                tally.add(SeedRange.play(from + i, scope));
            }
            return tally;
        }
    }

    private static SeedResult play(long seed) {
        try (Silence _ = Silence.whole()) {
            return new Cluster(new Plan(seed, Scope.ALL), false).run();
        }
    }
}
