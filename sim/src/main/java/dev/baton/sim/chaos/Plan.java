package dev.baton.sim.chaos;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierLimits;
import dev.baton.sim.fabric.Weather;
import dev.baton.sim.time.Chance;
import dev.baton.transport.secret.SharedSecret;

/** Everything that a seed decides before anything runs: cluster, workload, weather and faults. */
final class Plan {
    static final int EXTENT_BYTES = 4096;
    private static final int BLOCK_BYTES = 4096;
    private static final byte[] SECRET = "known to every node of one seed".getBytes(StandardCharsets.US_ASCII);
    private static final int FAULTS_MAX = 10;
    /** Numbers of nodes that faults happen to, taken modulo the nodes there are. */
    private static final int NODES = 6;
    private static final int NODES_OF_GANGS = 840;
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    final long seed;
    final int senders;
    final int receivers;
    final int lanes;
    final int dataAgents;
    /** What receivers offer, the best first. */
    final List<String> schemes;
    /** Of senders that bring a request together, which have no lanes but those that do not write by themselves. */
    private final Set<Integer> socketSenders = new TreeSet<>();
    /** Processes of each receiving instance. */
    final List<GangPlan> gangs = new ArrayList<>();
    /** Receivers that send, too, and what they hand on: their numbers as senders follow those of senders. */
    final List<Integer> forwarders;
    final List<Request> forwards = new ArrayList<>();
    /** Whether lanes over RDMA are the production's own code over simulated cards. */
    final boolean hasCards;
    final ShardedLayout senderLayout;
    final ShardedLayout receiverLayout;
    final int poolExtents;
    final int windowUnits;
    final long chaosNs;
    final long deadlineMs;
    final long consumeWithinNs;
    final boolean isOvertaking;
    final boolean hasPassages;
    /** Null where the nodes of a seed know none. */
    final SharedSecret secret;
    /** Who has a layout that no plan converts; null where nobody has. */
    final MisfitPlan misfitOrNull;
    /** Who knows no secret, or another one; null where nobody is. */
    final StrangerPlan strangersOrNull;
    /** Whether something lies below the pool of each receiver that is no gang; how much it takes, and at once. */
    final boolean hasDisks;
    final long diskFileBytes;
    final int diskFiles;
    final int diskEntries;
    final int diskLoads;
    final int diskStores;
    /** 0 where blocks do not end. */
    final long diskTtlMs;
    /** A store elsewhere behind each disk, which hangs, fails and is late. */
    final boolean hasFarStore;
    final boolean isCoded;
    final TierLimits tierLimits;
    /** Before any were left out: what is left out must not change what else happens. */
    private final Set<FaultKind> drawn = EnumSet.noneOf(FaultKind.class);
    final Set<FaultKind> enabled = EnumSet.noneOf(FaultKind.class);
    final List<Request> requests = new ArrayList<>();
    /** What receivers fetch: beginnings of those, from a sender that may have them. */
    final List<Request> fetches = new ArrayList<>();
    /** Of which requests what lies below comes up ahead, when. */
    final List<Request> prefetches = new ArrayList<>();
    /** Memory that is held before a sender asks. */
    final List<EarlyPlan> early = new ArrayList<>();
    final List<Fault> faults = new ArrayList<>();
    final double cancelRate;
    /** Whether decode engines have memory of their own that has a bound; then they stay as long as their processes. */
    final boolean areEnginesBounded;
    private final Map<FaultKind, Double> rates = new EnumMap<>(FaultKind.class);
    final Scope scope;

    Plan(long seed, Scope scope) {
        this.seed = seed;
        this.scope = scope;
        Chance chance = Chance.of(seed, "cluster");
        int drawnSenders = 1 + chance.below(3);
        senders = scope.has(Focus.RANKS) || scope.has(Focus.MISFITS) ? Math.max(2, drawnSenders) : drawnSenders;
        Chance disks = Chance.of(seed, "disks");
        boolean mayHaveDisks = isNamed() && disks.below(4) != 0 && !scope.has(Focus.STALLS);
        boolean isGanged = scope.has(Focus.GANGS)
            || (scope.focus().isEmpty() && !mayHaveDisks && Chance.of(seed, "gangs-too").below(8) == 0);
        int drawnReceivers = 1 + chance.below(3);
        boolean isForwarding = scope.has(Focus.FORWARDS) || (scope.focus().isEmpty() && isNamed() && drawnReceivers > 1
            && Chance.of(seed, isGanged ? "forwards-to-gangs" : "forwards-too").below(isGanged ? 2 : 8) == 0);
        hasDisks = mayHaveDisks && (isForwarding || !isGanged);
        receivers = isForwarding || scope.has(Focus.STALLS) ? Math.max(2, drawnReceivers) : isGanged ? Math.min(2, drawnReceivers) : drawnReceivers;
        lanes = 1 + chance.below(2);
        dataAgents = 1 + chance.below(2);
        String drawnScheme = switch (chance.below(8)) {
            case 0, 1, 2 -> "tcp";
            case 3 -> "rdma";
            default -> "shm";
        };
        schemes = schemes(scope.has(Focus.CARDS) ? "rdma" : drawnScheme, Chance.of(seed, "mixed-lanes"),
            isGanged && Chance.of(seed, "gang-lanes").below(2) == 0);
        hasCards = scope.has(Focus.CARDS) || Chance.of(seed, "cards").below(2) == 0;
        int blockTokens = 4 << chance.below(3);
        int drawnTp = 1 << chance.below(2);
        diskFileBytes = disks.between(8, 48) * BLOCK_BYTES;
        diskFiles = (int) disks.between(3, 10);
        diskEntries = (int) disks.between(16, 400);
        diskLoads = (int) disks.between(2, 64);
        diskStores = (int) disks.between(2, 32);
        tierLimits = new TierLimits(disks.between(10, 500) * MS, 1 << disks.below(6), 1 << disks.below(6), 1 << disks.below(3),
            1 << disks.below(5), 1 << disks.below(8), SECOND,
            Chance.of(seed, "admission").below(4) == 0 ? TierAdmission.SECOND_TOUCH : TierAdmission.ALL, 2 * SECOND);
        Chance below = Chance.of(seed, "below-disks");
        hasFarStore = below.below(3) == 0;
        isCoded = below.below(4) == 0;
        diskTtlMs = below.below(4) == 0 ? below.between(100, 10_000) : 0;
        boolean isHnd = chance.below(4) == 0;
        int drawnGroups = chance.below(3);
        int belowGroups = hasDisks ? Chance.of(seed, "below-groups").below(5) : 0;
        hasPassages = scope.has(Focus.PASSAGES) || (scope.focus().isEmpty() && !isGanged && !isForwarding && isNamed()
            && Chance.of(seed, "passages-too").below(8) == 0);
        boolean isPlain = scope.has(Focus.PASSAGES);
        boolean hasState = (belowGroups > 2 && !isPlain) || (isGanged && Chance.of(seed, "gang-groups").below(4) == 0);
        int windowLayers = isPlain ? 0 : hasDisks ? 2 * (belowGroups % 2) : drawnGroups == 1 ? 1 : 0;
        senderLayout = Layouts.drawn(blockTokens, scope.has(Focus.RANKS) ? 1 << (senders - 1) : drawnTp, isHnd, windowLayers, hasState);
        ShardedLayout drawnLayout = chance.below(3) == 0
            ? new ShardedLayout(senderLayout.layout(), Sharding.tensor(1 << chance.below(2))) : senderLayout;
        receiverLayout = isGanged ? drawGangs(Chance.of(seed, "gangs"), isForwarding) : drawnLayout;
        int drawnExtents = (int) chance.between(4, 24);
        poolExtents = hasDisks || (isGanged && hasState) ? (4 + drawnExtents / 3) * (hasState || windowLayers > 0 ? 2 : 1) : drawnExtents * (isPlain ? 2 : scope.has(Focus.STALLS) ? 16 : 1);
        windowUnits = (int) chance.between(2, 5) * (scope.has(Focus.STALLS) ? 4 : 1);
        chaosNs = HourPlan.chaosNs(scope, chance.between(3, 30));
        deadlineMs = chance.between(2, 20) * 1000;
        consumeWithinNs = chance.between(1, 10) * SECOND;
        isOvertaking = chance.below(2) == 0;
        secret = Chance.of(seed, "secret").below(2) == 0 || scope.has(Focus.STRANGERS) ? SharedSecret.of(SECRET) : null;
        drawKinds(Chance.of(seed, "kinds"), false);
        for (int i = gangs.size(); i < receivers; i++) {
            gangs.add(GangPlan.alone(receiverLayout.sharding().count(), schemes));
        }
        forwarders = isForwarding ? ForwardPlan.forwarders(Chance.of(seed, "forwarders"), gangs) : List.of();
        areEnginesBounded = Chance.of(seed, "bounded-engines").below(8) == 0 && !drawn.contains(FaultKind.ENGINE_GONE) && !scope.has(Focus.STALLS);
        cancelRate = has(FaultKind.CANCEL) ? 0.15 : 0;
        drawRequests(Chance.of(seed, "requests"), blockTokens, 0);
        if (hasDisks) {
            drawRequests(disks, blockTokens, requests.size());
        }
        if (requests.size() > scope.requestsMax()) {
            requests.subList(scope.requestsMax(), requests.size()).clear();
        }
        if (hasState) {
            endWithBlocks(Chance.of(seed, "whole"), blockTokens);
        }
        drawNames(Chance.of(seed, "names"), blockTokens);
        if (scope.has(Focus.FETCHES)) {
            fetches.addAll(FetchPlan.fetches(this, Chance.of(seed, "fetches"), blockTokens));
        }
        if (isForwarding) {
            forwards.addAll(ForwardPlan.forwards(this, Chance.of(seed, "forwards")));
            fetches.addAll(ForwardPlan.fetches(this, Chance.of(seed, "fetches-of-pools"), blockTokens, FetchPlan.FIRST + fetches.size()));
        }
        if (hasDisks) {
            prefetches.addAll(FetchPlan.prefetches(this, Chance.of(seed, "prefetches")));
        }
        early.addAll(EarlyPlan.drawn(this, scope));
        misfitOrNull = MisfitPlan.drawnOrNull(this, scope);
        if (misfitOrNull != null) {
            early.addAll(misfitOrNull.early(this));
        }
        strangersOrNull = StrangerPlan.drawnOrNull(this, scope);
        drawFaults(Chance.of(seed, "faults"), false, 0);
        if (hasDisks) {
            drawKinds(disks, true);
            drawFaults(disks, true, HourPlan.count(scope, FAULTS_MAX));
        }
        if (scope.has(Focus.STALLS)) {
            StallPlan.onto(this);
        }
    }

    /** Processes of all instances, and the layout that all have. */
    private ShardedLayout drawGangs(Chance chance, boolean isForwarding) {
        int[] sizes = GangPlan.sizes(chance, receivers);
        if (isForwarding) {
            sizes[receivers - 1] = 1;
        }
        Sharding sharding = GangPlan.sharding(chance, sizes);
        for (int size : sizes) {
            gangs.add(GangPlan.drawn(chance, size, sharding.count(), schemes));
        }
        return new ShardedLayout(senderLayout.layout(), sharding);
    }

    /** In every second seed of requests with several parts, some of the parts come by lanes of another kind. */
    private List<String> schemes(String drawn, Chance chance, boolean isGangMixed) {
        if (!scope.has(Focus.RANKS) || chance.below(2) == 0) {
            return isGangMixed ? List.of(drawn.equals("tcp") ? "shm" : drawn, "tcp") : List.of(drawn);
        }
        for (int sender = 0; sender < senders; sender++) {
            if (chance.below(2) == 0) {
                socketSenders.add(sender);
            }
        }
        return List.of(drawn.equals("tcp") ? "shm" : drawn, "tcp");
    }

    /** Of who prefills by that number: a sender, or a receiver that sends, too. */
    ShardedLayout layoutOf(int sender) {
        return misfitOrNull != null && misfitOrNull.sender() == sender ? misfitOrNull.layout() : sender < senders ? senderLayout : receiverLayout;
    }

    /** What that sender has, the best first. */
    List<String> schemesOf(int sender) {
        return socketSenders.contains(sender) ? List.of("tcp") : schemes;
    }

    private boolean isNamed() {
        return Chance.of(seed, "names").below(2) != 0;
    }

    private void drawKinds(Chance chance, boolean isOfDisk) {
        boolean isCalm = chance.below(10) == 0 || scope.has(Focus.STALLS);
        for (FaultKind kind : FaultKind.values()) {
            if (kind.isOfDisk() != isOfDisk) {
                continue;
            }
            boolean isDrawn = chance.below(kind == FaultKind.RAW_CONTROL || kind == FaultKind.FENCE_FAILURE ? 8 : 2) == 0;
            double rate = Math.pow(10, -1 - 3 * chance.fraction());
            if (isDrawn && !isCalm) {
                drawn.add(kind);
                rates.put(kind, rate);
                if (!scope.without().contains(kind)) {
                    enabled.add(kind);
                }
            }
        }
    }

    private void drawRequests(Chance chance, int blockTokens, int first) {
        int count = HourPlan.count(scope, chance.between(4, 40));
        boolean isSourceFirstToo = chance.below(2) == 0;
        int blocksMax = (int) chance.between(2, 8);
        for (int i = first; i < first + count; i++) {
            long deadline = chance.below(4) == 0 ? chance.between(500, 5_000) : deadlineMs;
            requests.add(new Request(i, chance.below(senders), chance.below(receivers), chance.between(0, chaosNs),
                chance.below(3) == 0 && isSourceFirstToo, (int) chance.between(1, (long) blocksMax * blockTokens),
                chance.below(3) == 0 ? (int) chance.between(1, 2L * blockTokens) : 0,
                chance.between(10_000, 50 * MS), deadline, 0, List.of()));
        }
    }

    /** Every second request ends where a block does, so that its state is that block's. */
    private void endWithBlocks(Chance chance, int blockTokens) {
        requests.replaceAll(request -> chance.below(2) == 0 ? request : request.ofTokens(Math.ceilDiv(request.tokens(), blockTokens) * blockTokens));
    }

    /** In every second seed: of which tenant a request is, whose beginning it has, and for how long they are alike. */
    private void drawNames(Chance chance, int blockTokens) {
        if (chance.below(2) == 0 && !scope.has(Focus.FETCHES) && !scope.has(Focus.FORWARDS) && !scope.has(Focus.PASSAGES)) {
            return;
        }
        // Where disks are, more than a pool holds, so that they come back from there.
        int beginnings = (hasDisks ? 2 : 1) * (int) chance.between(1, 3);
        int tenants = (int) chance.between(1, 2);
        requests.replaceAll(request -> {
            int beginning = chance.below(beginnings);
            int tenant = chance.below(tenants);
            int alike = chance.below(hasDisks ? 16 : 8);
            List<BlockKey> keys = new ArrayList<>();
            for (int block = 0; block < request.tokens() / blockTokens; block++) {
                keys.add(new BlockKey(block < alike ? 0 : 1 + request.index(), block, 0, beginning));
            }
            return request.named(tenant, keys);
        });
    }

    private void drawFaults(Chance chance, boolean isOfDisk, int firstIndex) {
        List<FaultKind> events = new ArrayList<>();
        for (FaultKind kind : drawn) {
            if (kind.isEvent() && kind.isOfDisk() == isOfDisk) {
                events.add(kind);
            }
        }
        int nodes = hasGangs() ? NODES_OF_GANGS : NODES;
        int count = events.isEmpty() ? 0 : HourPlan.count(scope, chance.between(1, FAULTS_MAX));
        for (int i = 0; i < count; i++) {
            FaultKind kind = events.get(chance.below(events.size()));
            long atNs = chance.between(100 * MS, chaosNs);
            long forNs = chance.below(3) == 0 ? chance.between(5 * SECOND, 30 * SECOND)
                : chance.between(10 * MS, 5 * SECOND);
            Fault fault = new Fault(firstIndex + i, kind, atNs, chance.below(nodes), chance.below(nodes), HourPlan.faultNs(scope, chance, forNs));
            if (scope.hasFault(fault)) {
                faults.add(fault);
            }
        }
    }

    /** Which invariant it breaks that bytes are not those of their block: those of another tenant, of another key, or of nobody. */
    String whose(long address, CellMap map, int cell, long from, long lengthBytes, Request asked) {
        int block = map.block(cell);
        if (block >= asked.keys().size()) {
            return "S4";
        }
        for (Request other : requests) {
            if (block < other.keys().size() && KvPattern.mismatches(address, map, cell, from, lengthBytes,
                other.seedOf(seed, block, 0)) == 0) {
                return other.keys().get(block).equals(asked.keys().get(block)) ? "S18" : "S12";
            }
        }
        return "S4";
    }

    /** Disks hang when all else has healed, until the last requests are through: a tier keeps nobody from what memory there is. */
    boolean areDisksStuck() {
        return has(FaultKind.DISK_HANG) && seed % 2 == 0;
    }

    boolean hasDiskAt(int receiver) {
        return hasDisks && !gangs.get(receiver).isGang();
    }

    boolean hasGangs() {
        return gangs.stream().anyMatch(GangPlan::isGang);
    }

    boolean isRanked() {
        return scope.has(Focus.RANKS);
    }

    /** Which of the source's shards that sender has: of three, the last has two. */
    ShardRange shardsOf(int sender) {
        int last = senderLayout.sharding().count() - 1;
        return scope.has(Focus.RANKS) ? new ShardRange(sender, sender == senders - 1 ? last : sender) : new ShardRange(0, last);
    }

    boolean has(FaultKind kind) {
        return enabled.contains(kind);
    }

    /** How often a receiver may let later requests go past one that waits. */
    int overtakesMax() {
        return admission().overtakesMax();
    }

    AdmissionLimits admission() {
        return isOvertaking ? AdmissionLimits.DEFAULT.withOvertaking() : AdmissionLimits.DEFAULT;
    }

    boolean hasSourceFirst() {
        return requests.stream().anyMatch(Request::isSourceFirst);
    }

    private double rate(FaultKind kind, double max) {
        return has(kind) ? Math.min(max, rates.get(kind) * 10 * max) : 0;
    }

    /** Of writes to a disk; of all I/O, where it is slowness. */
    double diskRate(FaultKind kind) {
        return has(kind) ? 0.3 * Math.sqrt(10 * rates.get(kind)) : 0;
    }

    /** Makes the weather what this seed says. */
    void brew(Weather weather) {
        weather.isRaw = has(FaultKind.RAW_CONTROL);
        weather.lossRate = rate(FaultKind.LOSS, 0.3);
        weather.duplicateRate = has(FaultKind.RAW_CONTROL) ? 0.1 : 0;
        weather.rawReorderRate = has(FaultKind.RAW_CONTROL) ? 0.05 : 0;
        weather.delayMaxNs = has(FaultKind.DELAY) ? 50 * MS : Weather.CALM_DELAY_MAX_NS;
        weather.bytesPerSecond = has(FaultKind.DELAY) ? 1 << 20 : Weather.CALM_BYTES_PER_SECOND;
        weather.flipRate = rate(FaultKind.BIT_FLIP, 0.05);
        weather.truncateRate = rate(FaultKind.TRUNCATION, 0.02);
        weather.breakRate = rate(FaultKind.LANE_BREAK, 0.02);
        weather.lateRate = rate(FaultKind.LATE_WRITE, 0.2);
        weather.placedLateRate = hasCards ? weather.lateRate : 0;
        weather.completionLostRate = rate(FaultKind.COMPLETION_LOST, 0.05);
        weather.fenceFailureRate = has(FaultKind.FENCE_FAILURE) ? 0.3 : 0;
        weather.zombieRate = has(FaultKind.ZOMBIE_WRITE) ? 0.8 : 0;
    }
}
