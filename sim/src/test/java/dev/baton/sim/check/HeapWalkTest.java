package dev.baton.sim.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That states are what they are taken for: brought back whole, and alike where their fingerprints are. */
@Timeout(120)
class HeapWalkTest {
    private static final long SEED = 42;

    /** A world, what is known of its state, and chance. */
    private static final class Run {
        private final PairWorld world;
        private final HeapWalk walk;
        private final WorldImage image;
        private final byte[] enabled = new byte[128];

        Run(Scenario scenario) {
            world = new PairWorld(scenario, Defect.NONE);
            walk = new HeapWalk(world, world.ends());
            image = new WorldImage(walk.partCount());
        }

        long fingerprint() {
            walk.save(image);
            return image.fingerprint();
        }

        byte[] next() {
            return Arrays.copyOf(enabled, world.next(enabled));
        }

        void perform(byte step) {
            walk.touched(world.touched(step));
            world.perform(step);
        }

        void perform(List<Byte> steps) {
            steps.forEach(this::perform);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
    void shouldBringAStateBackAsItWas(int scenario) {
        Random random = new Random(SEED + scenario);
        Run straight = new Run(Scenario.ALL.get(scenario));
        Run wandering = new Run(Scenario.ALL.get(scenario));
        WorldImage here = new WorldImage(straight.walk.partCount());

        for (int i = 0; i < 60 && straight.next().length > 0; i++) {
            byte[] next = straight.next();
            wandering.walk.save(wandering.image);
            KeptPart[] before = wandering.image.kept(wandering.image);
            for (int detour = 0; detour < 6; detour++) {
                byte[] other = wandering.next();
                if (other.length > 0) {
                    wandering.perform(other[random.nextInt(other.length)]);
                }
                if (random.nextBoolean()) {
                    wandering.walk.save(wandering.image);   // then it is known what the detour changed
                }
            }
            wandering.walk.read(before, here);
            wandering.walk.restore(here);
            byte step = next[random.nextInt(next.length)];
            straight.perform(step);
            wandering.perform(step);

            String where = "seed=" + (SEED + scenario) + " step=" + i + " " + Step.describe(step);
            assertEquals(straight.fingerprint(), wandering.fingerprint(), where);
            assertArrayEquals(straight.next(), wandering.next(), where);
        }
    }

    /** In any order, and what it shares with the state before it, too. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5, 6, 7, 10, 13})
    void shouldBringBackWhatWasKept(int scenario) {
        Random random = new Random(SEED + scenario);
        Run run = new Run(Scenario.ALL.get(scenario));
        WorldImage here = new WorldImage(run.walk.partCount());
        run.walk.save(here);
        List<KeptPart[]> kept = new ArrayList<>();
        List<Long> fingerprints = new ArrayList<>();
        List<byte[]> enabled = new ArrayList<>();
        kept.add(here.kept(here));
        fingerprints.add(here.fingerprint());
        enabled.add(run.next());
        for (int i = 0; i < 300; i++) {
            int from = random.nextInt(kept.size());
            String where = "seed=" + (SEED + scenario) + " round=" + i + " state=" + from;
            run.walk.read(kept.get(from), here);
            run.walk.restore(here);
            assertArrayEquals(enabled.get(from), run.next(), where);
            run.walk.touched(PairWorld.ALL);
            assertEquals(fingerprints.get(from), run.fingerprint(), where);
            assertWhole(kept.get(from), run.image.kept(here), where);
            run.walk.restore(here);
            if (enabled.get(from).length > 0) {
                run.perform(enabled.get(from)[random.nextInt(enabled.get(from).length)]);
                fingerprints.add(run.fingerprint());
                kept.add(run.image.kept(here));
                enabled.add(run.next());
            }
        }
        assertTrue(kept.size() > 100, "states: " + kept.size());
    }

    /** What is no part of the state is brought back, too. */
    private static void assertWhole(KeptPart[] then, KeptPart[] now, String where) {
        for (int part = 0; part < then.length; part++) {
            assertArrayEquals(then[part].pieces, now[part].pieces, where + " part=" + part);
            assertArrayEquals(then[part].refs, now[part].refs, where + " part=" + part);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 9, 12})
    void shouldBehaveAlikeWhereFingerprintsAreAlike(int scenario) {
        Random random = new Random(SEED + scenario);
        Map<Long, List<Byte>> firstWays = new HashMap<>();
        Run run = new Run(Scenario.ALL.get(scenario));
        WorldImage start = new WorldImage(run.walk.partCount());
        run.walk.save(start);
        int compared = 0;
        for (int round = 0; round < 400 && compared < 40; round++) {
            run.walk.restore(start);
            List<Byte> way = new ArrayList<>();
            for (int i = 0; i < 25 && run.next().length > 0; i++) {
                byte[] next = run.next();
                way.add(next[random.nextInt(next.length)]);
                run.perform(way.getLast());
                List<Byte> first = firstWays.putIfAbsent(run.fingerprint(), List.copyOf(way));
                if (first != null && !first.equals(way) && i % 5 == 4) {
                    compare(Scenario.ALL.get(scenario), first, way, random.nextLong());
                    compared++;
                }
            }
        }
        assertTrue(compared >= 10, "pairs of ways to one state: " + compared);
    }

    private static void compare(Scenario scenario, List<Byte> first, List<Byte> second, long seed) {
        Run one = new Run(scenario);
        Run other = new Run(scenario);
        one.perform(first);
        other.perform(second);
        Random random = new Random(seed);
        for (int i = 0; i < 15; i++) {
            byte[] next = one.next();
            String where = "seed=" + seed + " after=" + i + " first=" + first.stream().map(Step::describe).toList()
                + " second=" + second.stream().map(Step::describe).toList();
            assertArrayEquals(next, other.next(), where);
            if (next.length == 0) {
                return;
            }
            byte step = next[random.nextInt(next.length)];
            one.perform(step);
            other.perform(step);
            assertEquals(one.fingerprint(), other.fingerprint(), where + " step=" + Step.describe(step));
        }
    }

    /** What a step is not said to touch is what it was, as the whole written down anew says. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13})
    void shouldTouchNothingElse(int scenario) {
        Random random = new Random(SEED + scenario);
        for (int round = 0; round < 8; round++) {
            Run next = new Run(Scenario.ALL.get(scenario));
            WorldImage whole = new WorldImage(next.walk.partCount());
            for (int i = 0; i < 60 && next.next().length > 0; i++) {
                byte[] enabled = next.next();
                byte step = enabled[random.nextInt(enabled.length)];
                next.perform(step);
                long inParts = next.fingerprint();
                next.walk.touched(PairWorld.ALL);
                next.walk.save(whole);

                assertEquals(whole.fingerprint(), inParts, "seed=" + (SEED + scenario) + " round=" + round + " step=" + i
                    + " " + Step.describe(step));
            }
        }
    }

    @Test
    void shouldRefuseWhatItCannotBringBack() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> Recall.of(Instant.class));

        assertTrue(refused.getMessage().contains("java.time.Instant"), refused::getMessage);
    }
}
