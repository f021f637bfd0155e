package dev.baton.buffer.bench;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.AdmissionListener;
import dev.baton.buffer.reserve.AdmissionQueue;
import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.Refusal;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;
import dev.baton.buffer.slab.SlabPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Admission under ten times the pool, in virtual time: the product's own queue and ledger, requests that come so that
 * what is held and waited for is always ten pools, holders that leave after 0.1 to 1 s. It says who waited how long,
 * and whether the promised bounds held. A seed decides everything.
 */
public final class AdmissionBench implements AdmissionListener {
    static final int POOL_EXTENTS = 4096;
    static final int OVERSUBSCRIPTION = 10;
    private static final int[] CLASS_EXTENTS = {4, 64, 1024};
    /** Bytes of the largest request there is in it. */
    public static final long LARGEST_BYTES = CLASS_EXTENTS[CLASS_EXTENTS.length - 1] * SlabPlan.EXTENT_BYTES;
    private static final int[] WEIGHTS = {1, 1, 2, 4};
    private static final long MS = 1_000_000;
    private static final long HOLD_MIN_MS = 100;
    private static final long HOLD_MAX_MS = 1000;
    private static final long DEADLINE_NS = Long.MAX_VALUE / 2;

    /**
     * Waits of one kind of request, in milliseconds of virtual time.
     *
     * @param name    of the size class or the tenant
     * @param granted requests
     * @param extents of these
     */
    public record Waits(String name, long granted, long extents, double p50Ms, double p99Ms, double maxMs) {}

    /**
     * Waits of requests before which so many turns of drain targets were over: each stood that far back in the line.
     *
     * @param turnsMin fewest turns
     * @param turnsMax most turns
     * @param granted  requests
     * @param promisedMs what the longest of them is bounded to: its own turn, and one for each that was before it
     */
    public record Turns(int turnsMin, int turnsMax, long granted, double p50Ms, double maxMs, double promisedMs) {
        boolean isHeld() {
            return maxMs <= promisedMs;
        }
    }

    /**
     * What came out.
     *
     * @param pairs            waits by tenant and size
     * @param lines            waits by the turns that were over before the grant
     * @param overtakesMax     most grants that went past one drain target
     * @param overtakesPromised what they are bounded to
     * @param overtakeMaxMs    longest that a target was overtaken, from when it first did not fit
     * @param turnMaxMs        longest that a target stood before it was granted
     * @param turnPromisedMs   overtaking time and the longest holder, which then must have left
     * @param turns            targets that were granted
     * @param turnsBetweenMax  most targets of others between two of one tenant; its head waits so many turns more
     */
    public record Result(long seed, double virtualSeconds, List<Waits> sizes, List<Waits> tenants, List<Waits> pairs,
        List<Turns> lines, long grants,
        int overtakesMax, int overtakesPromised, double overtakeMaxMs, double overtakePromisedMs, double turnMaxMs,
        double turnPromisedMs, int turns, int turnsBetweenMax) {
        public boolean isHeld() {
            return overtakesMax <= overtakesPromised && overtakeMaxMs <= overtakePromisedMs
                && turnMaxMs <= turnPromisedMs && lines.stream().allMatch(Turns::isHeld);
        }
    }

    private record Holder(Reservation reservation, long untilNs) {}

    private final long seed;
    private final SplittableRandom random;
    private final AdmissionLimits limits;
    private final ReservationLedger ledger = new ReservationLedger(
        new ExtentLedger(SlabPlan.even(1, POOL_EXTENTS * SlabPlan.EXTENT_BYTES)), 1, 1 << 14);
    private final AdmissionQueue queue;
    private final PriorityQueue<Holder> holders = new PriorityQueue<>((a, b) -> Long.compare(a.untilNs, b.untilNs));
    private final List<List<Long>> sizeWaits = new ArrayList<>();
    private final List<List<Long>> tenantWaits = new ArrayList<>();
    private final List<List<Long>> pairWaits = new ArrayList<>();
    /** By the number of turns that were over before the grant. */
    private final List<List<Long>> turnWaits = new ArrayList<>();
    private final long[] sizeExtents = new long[CLASS_EXTENTS.length];
    private final long[] tenantExtents = new long[WEIGHTS.length];
    private final long[] waitingExtents = new long[WEIGHTS.length];
    private long nowNs;
    private long requests;
    private long heldExtents;
    private long targetId = -1;
    private long targetSinceNs;
    private int overtakes;
    private int overtakesMax;
    private long overtakeMaxNs;
    private long turnMaxNs;
    private int turns;
    private final int[] turnsAtLast = new int[WEIGHTS.length];
    private int turnsBetweenMax;

    private AdmissionBench(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        Map<Long, TenantPolicy> tenants = new HashMap<>();
        for (int tenant = 0; tenant < WEIGHTS.length; tenant++) {
            tenants.put((long) tenant, new TenantPolicy(WEIGHTS[tenant], Long.MAX_VALUE));
            tenantWaits.add(new ArrayList<>());
        }
        for (int size = 0; size < CLASS_EXTENTS.length; size++) {
            sizeWaits.add(new ArrayList<>());
        }
        for (int pair = 0; pair < WEIGHTS.length * CLASS_EXTENTS.length; pair++) {
            pairWaits.add(new ArrayList<>());
        }
        limits = new AdmissionLimits(1 << 14, Long.MAX_VALUE, 0, 0, 1).withOvertaking()
            .tenants(TenantLimits.DEFAULT.with(tenants, TenantPolicy.EQUAL));
        queue = new AdmissionQueue(ledger, limits, this);
    }

    /** Runs so many milliseconds of virtual time, a step each. */
    public static Result run(long virtualMs, long seed) {
        return new AdmissionBench(seed).run(virtualMs);
    }

    private Result run(long virtualMs) {
        for (long ms = 1; ms <= virtualMs; ms++) {
            nowNs = ms * MS;
            while (!holders.isEmpty() && holders.peek().untilNs <= nowNs) {
                Reservation leaving = holders.poll().reservation;
                heldExtents -= leaving.extentCount();
                ledger.close(leaving, ReservationState.ABORTED);
            }
            arrive();
            queue.poll(nowNs, Integer.MAX_VALUE);
            watchTarget();
        }
        ledger.checkInvariants();
        return result(virtualMs);
    }

    /** Every tenant waits for its fourth of ten pools, less what is held. */
    private void arrive() {
        long wanted = (long) POOL_EXTENTS * OVERSUBSCRIPTION / WEIGHTS.length;
        for (int tenant = 0; tenant < WEIGHTS.length; tenant++) {
            while (waitingExtents[tenant] < wanted) {
                int draw = random.nextInt(100);
                int extents = CLASS_EXTENTS[draw < 80 ? 0 : draw < 96 ? 1 : 2];
                Reservation offered = queue.offer(tenant, 0, ++requests, 0, new int[] {extents}, random.nextInt(3),
                    nowNs, DEADLINE_NS);
                if (offered == null) {
                    throw new IllegalStateException("the bench's queue is too small: " + queue.refusal());
                }
                offered.attachment(turns);
                waitingExtents[tenant] += extents;
            }
        }
    }

    private void watchTarget() {
        Reservation target = queue.targetOrNull();
        long id = target == null ? -1 : target.id();
        if (id != targetId) {
            targetId = id;
            targetSinceNs = nowNs;
            overtakes = 0;
        }
    }

    @Override
    public void onGranted(Reservation reservation) {
        int tenant = (int) reservation.tenantHash();
        long waitedNs = nowNs - reservation.arrivalNs();
        int extents = (int) reservation.extentCount();
        int size = Arrays.binarySearch(CLASS_EXTENTS, extents);
        sizeWaits.get(size).add(waitedNs);
        tenantWaits.get(tenant).add(waitedNs);
        pairWaits.get(tenant * CLASS_EXTENTS.length + size).add(waitedNs);
        int turnsWaited = turns - (int) reservation.attachment();
        while (turnWaits.size() <= turnsWaited) {
            turnWaits.add(new ArrayList<>());
        }
        turnWaits.get(turnsWaited).add(waitedNs);
        sizeExtents[size] += extents;
        tenantExtents[tenant] += extents;
        waitingExtents[tenant] -= extents;
        heldExtents += extents;
        if (heldExtents > POOL_EXTENTS) {
            throw new IllegalStateException("more is granted than there is: heldExtents=" + heldExtents);
        }
        Reservation target = queue.targetOrNull();
        if (reservation.id() == targetId) {
            turnMaxNs = Math.max(turnMaxNs, nowNs - targetSinceNs);
            targetId = -1;
            turnOver(tenant);
        } else if (target != null) {
            watchTarget();
            overtakesMax = Math.max(overtakesMax, ++overtakes);
            overtakeMaxNs = Math.max(overtakeMaxNs, nowNs - targetSinceNs);
        }
        holders.add(new Holder(reservation, nowNs + random.nextLong(HOLD_MIN_MS, HOLD_MAX_MS + 1) * MS));
    }

    /** How many targets of others came between two of this tenant. */
    private void turnOver(int served) {
        turns++;
        if (turnsAtLast[served] != 0) {
            turnsBetweenMax = Math.max(turnsBetweenMax, turns - turnsAtLast[served] - 1);
        }
        turnsAtLast[served] = turns;
    }

    @Override
    public void onRejected(Reservation reservation, Refusal refusal) {
        throw new IllegalStateException("a request that fits and may wait was rejected: " + reservation + " " + refusal);
    }

    private Result result(long virtualMs) {
        List<Waits> sizes = new ArrayList<>();
        for (int size = 0; size < CLASS_EXTENTS.length; size++) {
            sizes.add(waits(sizeName(size), sizeWaits.get(size), sizeExtents[size]));
        }
        List<Waits> tenants = new ArrayList<>();
        List<Waits> pairs = new ArrayList<>();
        for (int tenant = 0; tenant < WEIGHTS.length; tenant++) {
            String name = "tenant " + tenant + ", weight " + WEIGHTS[tenant];
            tenants.add(waits(name, tenantWaits.get(tenant), tenantExtents[tenant]));
            for (int size = 0; size < CLASS_EXTENTS.length; size++) {
                List<Long> pair = pairWaits.get(tenant * CLASS_EXTENTS.length + size);
                pairs.add(waits(name + ", " + sizeName(size), pair, (long) pair.size() * CLASS_EXTENTS[size]));
            }
        }
        return new Result(seed, virtualMs / 1e3, sizes, tenants, pairs, lines(), ledger.counters().grants(),
            overtakesMax, limits.overtakesMax(), overtakeMaxNs / (double) MS, limits.overtakeNs() / (double) MS,
            turnMaxNs / (double) MS, turnPromisedMs(), turns, turnsBetweenMax);
    }

    /** How long a target is overtaken at most, and then the longest holder, which must leave in that time. */
    private double turnPromisedMs() {
        return limits.overtakeNs() / (double) MS + HOLD_MAX_MS;
    }

    /** 0, 1, 2 and 3, 4 to 7, and so on: each holds to the bound of every one in it. */
    private List<Turns> lines() {
        List<Turns> lines = new ArrayList<>();
        for (int from = 0; from < turnWaits.size(); from = from == 0 ? 1 : 2 * from) {
            int to = Math.min(turnWaits.size(), Math.max(1, 2 * from));
            List<Long> all = new ArrayList<>();
            double maxMs = 0;
            double promisedMs = 0;
            for (int turn = from; turn < to; turn++) {
                all.addAll(turnWaits.get(turn));
                Waits waits = waits("", turnWaits.get(turn), 0);
                double bound = (turn + 1) * turnPromisedMs();
                if (waits.maxMs() - bound >= maxMs - promisedMs || promisedMs == 0) {   // the nearest to its bound
                    maxMs = waits.maxMs();
                    promisedMs = bound;
                }
            }
            if (!all.isEmpty()) {
                lines.add(new Turns(from, to - 1, all.size(), waits("", all, 0).p50Ms(), maxMs, promisedMs));
            }
        }
        return lines;
    }

    private static String sizeName(int size) {
        return CLASS_EXTENTS[size] * SlabPlan.EXTENT_BYTES / (1 << 20) + " MiB";
    }

    private static Waits waits(String name, List<Long> waitsNs, long extents) {
        long[] sorted = waitsNs.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length == 0) {
            return new Waits(name, 0, 0, 0, 0, 0);
        }
        return new Waits(name, sorted.length, extents, sorted[sorted.length / 2] / (double) MS,
            sorted[(int) (sorted.length * 0.99)] / (double) MS, sorted[sorted.length - 1] / (double) MS);
    }
}
