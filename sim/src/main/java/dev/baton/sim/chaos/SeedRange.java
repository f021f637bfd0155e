package dev.baton.sim.chaos;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Seeds one after the other, shared among threads: each is played on one, and told in order, so that the sum is the same. */
record SeedRange(long from, int count, Scope scope) {
    private static final int AHEAD_PER_THREAD = 16;

    /**
     * Plays them, as far as {@code goesOn}, which is asked before each. Returns when all that were begun are told.
     *
     * @param told gets the results on the caller's thread, in order of their seeds
     */
    void play(int threads, BooleanSupplier goesOn, Consumer<SeedResult> told) {
        if (threads == 1) {
            for (int i = 0; i < count && goesOn.getAsBoolean(); i++) {
                told.accept(play(from + i, scope));
            }
            return;
        }
        ArrayDeque<Future<SeedResult>> begun = new ArrayDeque<>();
        try (ExecutorService players = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < count && goesOn.getAsBoolean(); i++) {
                if (begun.size() >= threads * AHEAD_PER_THREAD) {
                    told.accept(resultOf(begun.poll()));
                }
                long seed = from + i;
                begun.add(players.submit(() -> play(seed, scope)));
            }
            while (!begun.isEmpty()) {
                told.accept(resultOf(begun.poll()));
            }
        }
    }

    /** One; with its twins, where all origins of clocks are wanted, or a receiver is stalled. */
    static SeedResult play(long seed, Scope scope) {
        if (scope.origins() == Origins.ALL) {
            SeedResult result = Twins.play(seed, scope);
            return result.violation() != null || !scope.has(Focus.STALLS) ? result : StallTwins.play(seed, scope.origins(Origins.DRAWN));
        }
        return scope.has(Focus.STALLS) ? StallTwins.play(seed, scope) : new Cluster(new Plan(seed, scope), false).run();
    }

    private static SeedResult resultOf(Future<SeedResult> played) {
        try {
            return played.get();
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while seeds were played", ex);
        } catch (ExecutionException ex) {
            throw new IllegalStateException("a player of seeds threw", ex.getCause());
        }
    }
}
