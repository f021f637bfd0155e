package dev.baton.sim.chaos;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.Rank;
import dev.baton.sim.fabric.Fabric;
import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;

/** One seed, played: chaos, then healing, then quiet and a last round of requests that must succeed. */
final class Cluster {
    private static final long SECOND = 1_000_000_000L;
    /** What a receiver says in WANT. */
    private static final long WANT_DEADLINE_NS = 120 * SECOND;
    private static final int ATTEMPTS_MAX = 3;
    /** Throughput is back so long after faults end (L8). */
    private static final long BACK_WITHIN_NS = 10 * SECOND;
    /** Short enough for a next attempt where the first one's RESERVE was lost with what the faults had left behind. */
    private static final long PROBE_DEADLINE_MS = 6_000;
    /** Whose bytes were corrupt twice is granted nothing for so long; twice as long the next time, to a bound (section 7). */
    private static final long SUSPECT_MIN_NS = 5 * SECOND;
    private static final long SUSPECT_MAX_NS = 60 * SECOND;
    private static final int HISTORY_MAX = 200_000;
    static final Path NO_DIRECTORY = Path.of("/nonexistent");

    private final Plan plan;
    private final Agenda agenda = new Agenda();
    private final Oracle oracle = new Oracle(this);
    private final Fabric fabric;
    private final MemoryLedger memory = new MemoryLedger(LazyMemory.orNull());
    private final List<SenderMember> senders = new ArrayList<>();
    private final List<ReceiverMember> receivers = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final Map<HandoffId, Attempt> attempts = new HashMap<>();
    private final List<Attempt> inOrder = new ArrayList<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private final List<String> history;
    private final Chance chance;
    private boolean isHealed;
    private long healedNs;
    private int open;

    Cluster(Plan plan, boolean isTold) {
        this.plan = plan;
        this.history = isTold ? new ArrayList<>() : null;
        this.fabric = new Fabric(agenda, plan.seed, oracle);
        this.chance = Chance.of(plan.seed, "cluster-run");
    }

    SeedResult run() {
        long startNs = cpuNs();
        Violation violation = null;
        try {
            play();
        } catch (Violation ex) {
            violation = ex;
        } catch (RuntimeException ex) {
            violation = new Violation("CRASH", "the simulation threw: " + ex, ex);
        }
        try {
            members.forEach(Member::close);
            // A queue pair that stays keeps the memory that its card may write to.
            boolean mayStay = plan.hasCards && fabric.faultCounts().containsKey("fence-failure");
            if (violation == null && !memory.isEmpty() && !mayStay) {
                violation = new Violation("S14", "memory is left: " + memory);
            }
        } catch (RuntimeException ex) {
            violation = violation == null ? new Violation("CRASH", "closing threw: " + ex, ex) : violation;
        }
        if (violation != null) {
            note("oracle", violation.getMessage());
        }
        fabric.faultCounts().forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
        return new SeedResult(plan.seed, violation, oracle.events(), oracle.hash(), agenda.nowNs(), cpuNs() - startNs,
            faults, oracle.transitions(), oracle.below(), history);
    }

    /** Of this thread. */
    private static long cpuNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void play() {
        plan.brew(fabric.weather());
        fabric.cards(plan.hasCards);
        for (int i = 0; i < plan.receivers; i++) {
            receivers.add(new ReceiverMember(this, i));
        }
        for (int i = 0; i < plan.senders; i++) {
            senders.add(new SenderMember(this, plan.receivers + i, i));
        }
        members.addAll(receivers);
        members.addAll(senders);
        members.forEach(Member::start);
        Series.begin(agenda, plan.requests, Request::atNs, request -> submit(new Attempt(request, 0)));
        Series.begin(agenda, plan.fetches, Request::atNs, request -> fetch(new Attempt(request, 0)));
        Series.begin(agenda, plan.prefetches, Request::atNs, request -> receivers.get(request.receiver()).prefetch(new Attempt(request, 0)));
        Series.begin(agenda, plan.faults, Fault::atNs, this::inject);
        advance(plan.chaosNs);
        heal();
        awaitQuiet();
        probe();
        oracle.finish();
    }

    private void advance(long untilNs) {
        boolean isMore = true;
        while (isMore) {
            isMore = agenda.next(untilNs);
        }
    }

    private void heal() {
        note("oracle", "heals everything");
        isHealed = true;
        healedNs = agenda.nowNs();
        fabric.weather().clear();
        fabric.unblock();
        members.forEach(Member::heal);
    }

    /** Every handoff ends at both ends, and all memory comes back, within the bounds (L1, L2). */
    private void awaitQuiet() {
        long deadlineNs = plan.hasSourceFirst() ? WANT_DEADLINE_NS : plan.deadlineMs * 1_000_000;
        long boundNs = agenda.nowNs() + deadlineNs + plan.consumeWithinNs + 40 * SECOND;
        while (!isQuiet()) {
            if (agenda.nowNs() >= boundNs) {
                throw notQuiet();
            }
            advance(agenda.nowNs() + SECOND / 4);
        }
    }

    private boolean isQuiet() {
        if (open > 0) {
            return false;
        }
        for (ReceiverMember receiver : receivers) {
            ExtentTotals totals = receiver.ledger().extents().counts().totals();
            if (receiver.heldCount() > 0 || !receiver.isIdleBesideTier()) {
                return false;
            }
            if (receiver.isDiskStuck()) {
                continue;
            }
            // A block whose slices are not all stored is held between two of them, when nothing is under way.
            boolean isBack = totals.free() + totals.evictable() + totals.quarantined() == totals.total();
            if (!isBack || !receiver.isTierIdle() || (totals.quarantined() > 0 && !receiver.mayQuarantine())) {
                return false;
            }
        }
        return true;
    }

    private Violation notQuiet() {
        for (Attempt attempt : inOrder) {
            if (!attempt.isOver()) {
                return new Violation("L2", "no outcome at the sender: " + attempt + " begunMs=" +
                    attempt.begunNs / 1_000_000 + " granted=" + attempt.isGranted + " finished=" +
                    attempt.isFinished + " landed=" + attempt.isLanded);
            }
        }
        StringBuilder live = new StringBuilder();
        for (ReceiverMember receiver : receivers) {
            receiver.ledger().forEachLive(reservation -> live.append(' ').append(receiver.name()).append(' ')
                .append(reservation).append(';'));
            live.append(' ').append(receiver.name()).append(' ').append(receiver.ledger().extents().counts().totals())
                .append(" tierIdle=").append(receiver.isTierIdle()).append(" held=").append(receiver.heldCount()).append(';');
        }
        return new Violation("L1", "memory does not come back:" + live);
    }

    /**
     * After everything healed, small requests between any two nodes go through (L3, L8): at once, or as a next attempt of
     * what began within {@link #BACK_WITHIN_NS} of healing and died with a session that the faults had cost.
     */
    private void probe() {
        long suspectNs = suspectMaxNs();
        if (suspectNs > 0) {
            advance(agenda.nowNs() + suspectNs + SECOND);
        }
        int index = plan.requests.size();
        for (int from = 0; from < plan.senders; from++) {
            for (int to = 0; to < plan.receivers; to++) {
                if (receivers.get(to).hasRoom()) {
                    submit(new Attempt(new Request(index++, from, to, agenda.nowNs(), false, 1, 0, 1000,
                        PROBE_DEADLINE_MS, 0, List.of()), 0));
                }
            }
        }
        long boundNs = agenda.nowNs() + BACK_WITHIN_NS + 2 * PROBE_DEADLINE_MS * 1_000_000;
        while (open > 0 && agenda.nowNs() < boundNs) {
            advance(agenda.nowNs() + SECOND / 4);
        }
        for (int i = plan.requests.size(); i < index; i++) {
            Attempt attempt = lastOf(i);
            if (attempt.senderKind != OutcomeKind.DELIVERED) {
                throw new Violation(receivers.get(attempt.request.receiver()).isDiskStuck() ? "L10" : "L8",
                    "a request after healing is not delivered: " + attempt + " from sender " +
                    attempt.request.sender() + " to receiver " + attempt.request.receiver() + " kind=" +
                    attempt.senderKind + " reason=" + attempt.senderReason + " granted=" + attempt.isGranted);
            }
        }
        if (plan.areDisksStuck()) {
            receivers.forEach(ReceiverMember::healDisk);
        }
        awaitQuiet();
    }

    /** How long anybody can be suspect yet: each time takes bytes that were corrupt. */
    private long suspectMaxNs() {
        Map<String, Integer> counts = fabric.faultCounts();
        int corrupt = counts.getOrDefault(FaultKind.BIT_FLIP.tag(), 0) + counts.getOrDefault(FaultKind.TRUNCATION.tag(), 0);
        return corrupt < 2 ? 0 : Math.min(SUSPECT_MIN_NS << Math.min(corrupt - 2, 4), SUSPECT_MAX_NS);
    }

    private Attempt lastOf(int request) {
        for (int i = inOrder.size() - 1; i >= 0; i--) {
            if (inOrder.get(i).request.index() == request && inOrder.get(i).isLead()) {
                return inOrder.get(i);
            }
        }
        throw new IllegalStateException("nobody asked for it: request=" + request);
    }

    private boolean isProbeAgain(Attempt attempt) {
        return isHealed && attempt.request.index() >= plan.requests.size()
            && attempt.request.atNs() - healedNs < BACK_WITHIN_NS && attempt.senderReason != EndReason.CANCELLED;
    }

    private void submit(Attempt attempt) {
        note("user", () -> "asks for " + attempt);
        attempts.put(attempt.id, attempt);
        toSender(attempt);
        for (int rank = 0; plan.isRanked() && rank < senders.size(); rank++) {
            if (rank != attempt.sender) {
                toSender(new Attempt(attempt, rank));
            }
        }
    }

    private void fetch(Attempt attempt) {
        attempts.put(attempt.id, attempt);
        receivers.get(attempt.request.receiver()).fetch(senders.get(attempt.sender).name(), attempt);
    }

    private void toSender(Attempt attempt) {
        inOrder.add(attempt);
        open++;
        oracle.event(7, attempt.request.index(), attempt.number);
        senders.get(attempt.sender).submit(attempt);
    }

    /** The engine's own way between its ranks: quick, and lost with the rank that it goes to. */
    void handOn(Attempt lead, int rank, byte[] grant) {
        for (Attempt attempt : inOrder) {
            if (attempt.lead == lead && attempt.sender == rank) {
                agenda.at(agenda.nowNs() + chance.between(0, SECOND / 20), () -> {
                    attempt.grant = grant;
                    senders.get(rank).wake();
                });
            }
        }
    }

    /** Who sends together, as their processes are now. */
    List<Rank> ranks() {
        List<Rank> ranks = new ArrayList<>();
        for (int rank = 0; rank < senders.size(); rank++) {
            ranks.add(new Rank(senders.get(rank).process.incarnation(), plan.shardsOf(rank)));
        }
        return ranks;
    }

    /** The sender's engine knows how it ended, or is gone; a scheduler may try again. */
    void onSenderEnd(SenderMember sender, Attempt attempt) {
        open--;
        oracle.event(8, attempt.request.index(), attempt.senderKind == null ? -1 : attempt.senderKind.value());
        boolean isMore = attempt.isLead() && attempt.senderKind != OutcomeKind.DELIVERED && attempt.number + 1 < ATTEMPTS_MAX;
        if (isMore && isProbeAgain(attempt)) {
            submit(new Attempt(attempt.request, attempt.number + 1));
        } else if (isMore && !isHealed && attempt.senderReason != EndReason.CANCELLED) {
            long atNs = agenda.nowNs() + chance.between(0, SECOND);
            if (atNs < plan.chaosNs) {
                agenda.at(atNs, () -> submit(new Attempt(attempt.request, attempt.number + 1)));
            }
        }
    }

    private void inject(Fault fault) {
        if (isHealed) {
            return;
        }
        note("fault", fault::toString);
        injected(fault.kind());
        long untilNs = agenda.nowNs() + fault.forNs();
        Member sender = senders.get(fault.node() % senders.size());
        ReceiverMember receiver = receivers.get(fault.node() % receivers.size());
        Member any = members.get(fault.node() % members.size());
        Member other = members.get(fault.other() % members.size());
        switch (fault.kind()) {
            case CRASH_SENDER -> sender.crash(fault.forNs() / 4);
            case CRASH_RECEIVER -> receiver.crash(fault.forNs() / 4);
            case PAUSE_SENDER -> sender.pause(fault.forNs());
            case PAUSE_RECEIVER -> receiver.pause(fault.forNs());
            case PARTITION_ONE_WAY -> fabric.block(any.host, other.host, untilNs);
            case PARTITION -> {
                fabric.block(any.host, other.host, untilNs);
                fabric.block(other.host, any.host, untilNs);
            }
            case DRIVER_DEATH -> {
                if (any.isUp()) {
                    any.process.losePaths();
                }
            }
            case DISK_FULL, DISK_ERRORS, DISK_HANG -> receiver.disk(fault.kind(), untilNs);
            case ENGINE_GONE -> receiver.engineGone(fault.forNs());
            default -> throw new IllegalStateException("no scheduled fault: " + fault);
        }
    }

    void injected(FaultKind kind) {
        oracle.event(9, kind.tag().length(), 0);
        faults.merge(kind.tag(), 1, Integer::sum);
    }

    boolean isTold() {
        return history != null;
    }

    void note(String who, String what) {
        if (history != null) {
            note(who, () -> what);
        }
    }

    /** Words are put together only where somebody reads them. */
    void note(String who, Supplier<String> what) {
        if (history != null && history.size() < HISTORY_MAX) {
            history.add(String.format(Locale.ROOT, "%12.6f s  %-12s %s", agenda.nowNs() / 1e9, who, what.get()));
        }
    }

    Plan plan() {
        return plan;
    }

    Agenda agenda() {
        return agenda;
    }

    Fabric fabric() {
        return fabric;
    }

    Oracle oracle() {
        return oracle;
    }

    MemoryLedger memory() {
        return memory;
    }

    boolean isHealed() {
        return isHealed;
    }

    List<ReceiverMember> receivers() {
        return receivers;
    }

    ReceiverMember receiverAt(int node) {
        return receivers.get(node);
    }

    List<Attempt> attempts() {
        return inOrder;
    }

    Attempt attempt(HandoffId id) {
        Attempt attempt = attempts.get(id);
        if (attempt == null) {
            throw new Violation("S7", "a handoff that nobody asked for: " + id);
        }
        return attempt;
    }
}
