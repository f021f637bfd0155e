package dev.baton.buffer.bench;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.slab.SlabPlan;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Measures reservation on one thread, metadata only: opening, granting, closing, per second of that thread's CPU time.
 * The pool is 512 GiB: 8 shards, 64 slabs of 1 GiB each, extents of 4 MiB. Not part of any path; run it by
 * {@code baton bench admission}.
 */
public final class ReserveBench {
    private static final int SHARDS = 8;
    private static final long POOL_BYTES_PER_SHARD = 64L << 30;
    private static final int RESERVATIONS_MAX = 4096;
    private static final int SMALL_EXTENTS_PER_SHARD = 8;
    private static final int LARGE_EXTENTS_PER_SHARD = 1024;
    private static final int LIVE = 64;
    private static final int BATCH = 256;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ReserveBench() {}

    /**
     * What was measured. A pair is one reserve (open and grant, all shards) and one release.
     *
     * @param pairsPerSecond              pairs of 64 extents over 8 shards on the fragmented pool, 64 others alive
     * @param pairsPerWallSecond          the same by the wall clock: less where others share the core
     * @param runsPerSmallGrant           contiguous runs of such a grant, 8 at least
     * @param freeExtents                 free in the fragmented pool, of 131,072
     * @param freeRuns                    runs they lie in
     * @param largeExtentsPerSecond       extents reserved and released a second, 8,192 a request, on a pool with room
     * @param runsPerLargeGrant           contiguous runs of such a grant, 32 at least
     * @param largeFragmentedExtentsPerSecond the same on the fragmented pool
     * @param runsPerLargeFragmentedGrant contiguous runs there
     * @param extentBookkeepingBytes      heap per extent: states, tags, allocators, order of eviction
     * @param reservationBookkeepingBytes heap per reservation, its first 32 runs and its index entry included
     */
    public record Result(
        double pairsPerSecond, double pairsPerWallSecond, double runsPerSmallGrant, int freeExtents, int freeRuns,
        double largeExtentsPerSecond, double runsPerLargeGrant,
        double largeFragmentedExtentsPerSecond, double runsPerLargeFragmentedGrant,
        double extentBookkeepingBytes, double reservationBookkeepingBytes) {}

    /**
     * Runs the three measurements on pools of their own making.
     *
     * @param measureNs CPU time of each of the three measurements, after as long a warm-up
     * @param seed      of the fragmentation
     */
    public static Result run(long measureNs, long seed) {
        ReservationLedger fragmented = newLedger();
        fragment(fragmented, new SplittableRandom(seed));
        int freeExtents = 0;
        int freeRuns = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            freeExtents += fragmented.extents().freeCount(shard);
            freeRuns += fragmented.extents().freeRunCount(shard);
        }
        double extentBytes = fragmented.extents()
            .bookkeepingBytes() / (double) (SHARDS * fragmented.extents().plan().extentCount(0));
        double reservationBytes = fragmented.bookkeepingBytes() / (double) RESERVATIONS_MAX;

        Churn small = new Churn(fragmented, SMALL_EXTENTS_PER_SHARD, LIVE);
        double pairsPerSecond = small.measure(measureNs);
        small.close();
        ReservationLedger roomy = newLedger();
        Churn large = new Churn(roomy, LARGE_EXTENTS_PER_SHARD, 8);
        double largePerSecond = large.measure(measureNs);
        large.close();
        Churn largeFragmented = new Churn(fragmented, LARGE_EXTENTS_PER_SHARD, 2);
        double largeFragmentedPerSecond = largeFragmented.measure(measureNs);
        largeFragmented.close();
        fragmented.checkInvariants();
        roomy.checkInvariants();
        double extentsPerLarge = (double) SHARDS * LARGE_EXTENTS_PER_SHARD;
        return new Result(pairsPerSecond, small.wallPairsPerSecond, small.runsPerGrant(), freeExtents, freeRuns,
            largePerSecond * extentsPerLarge, large.runsPerGrant(),
            largeFragmentedPerSecond * extentsPerLarge, largeFragmented.runsPerGrant(), extentBytes, reservationBytes);
    }

    private static ReservationLedger newLedger() {
        return new ReservationLedger(new ExtentLedger(SlabPlan.even(SHARDS, POOL_BYTES_PER_SHARD)), 1,
            RESERVATIONS_MAX);
    }

    /** Fills the pool with requests of 1 to 16 extents a shard, then lets every second go, at random. */
    private static void fragment(ReservationLedger ledger, SplittableRandom random) {
        Reservation[] live = new Reservation[RESERVATIONS_MAX];
        int count = 0;
        int[] extents = new int[SHARDS];
        while (count < RESERVATIONS_MAX) {
            for (int shard = 0; shard < SHARDS; shard++) {
                extents[shard] = 1 + random.nextInt(16);
            }
            Reservation opened = ledger.open(0, 0, count, 0, extents);
            if (!ledger.tryGrant(opened)) {
                ledger.close(opened, ReservationState.REJECTED);
                break;
            }
            live[count++] = opened;
        }
        for (int i = 0; i < count; i++) {
            if (random.nextBoolean()) {
                ledger.close(live[i], ReservationState.ABORTED);
            }
        }
    }

    /** Reserves and releases in a ring, so that what is released lay there for a while and others came in between. */
    private static final class Churn {
        private final ReservationLedger ledger;
        private final int[] extents = new int[SHARDS];
        private final Reservation[] ring;
        private int next;
        private long grants;
        private long runs;
        private double wallPairsPerSecond;

        Churn(ReservationLedger ledger, int extentsPerShard, int live) {
            this.ledger = ledger;
            ring = new Reservation[live];
            Arrays.fill(extents, extentsPerShard);
            for (int i = 0; i < live; i++) {
                ring[i] = reserve();
            }
        }

        /** Pairs a second. */
        double measure(long measureNs) {
            spin(measureNs);
            return spin(measureNs);
        }

        double runsPerGrant() {
            return runs / (double) grants;
        }

        void close() {
            for (Reservation reservation : ring) {
                ledger.close(reservation, ReservationState.ABORTED);
            }
        }

        private double spin(long measureNs) {
            long pairs = 0;
            long wallStartNs = System.nanoTime();
            long startNs = cpuNs();
            long elapsedNs;
            do {
                for (int i = 0; i < BATCH; i++) {
                    ledger.close(ring[next], ReservationState.ABORTED);
                    ring[next] = reserve();
                    next = next + 1 == ring.length ? 0 : next + 1;
                }
                pairs += BATCH;
                elapsedNs = cpuNs() - startNs;
            } while (elapsedNs < measureNs);
            wallPairsPerSecond = pairs * 1e9 / (System.nanoTime() - wallStartNs);
            return pairs * 1e9 / elapsedNs;
        }

        /** Time this thread ran: what others take of the machine is not the ledger's cost. */
        private static long cpuNs() {
            return THREADS.getCurrentThreadCpuTime();
        }

        private Reservation reserve() {
            Reservation opened = ledger.open(1, 2, ++grants, 0, extents);
            if (opened == null || !ledger.tryGrant(opened)) {
                throw new IllegalStateException("the bench's pool is too small: " + opened);
            }
            for (int shard = 0; shard < SHARDS; shard++) {
                runs += opened.runCount(shard);
            }
            return opened;
        }
    }
}
