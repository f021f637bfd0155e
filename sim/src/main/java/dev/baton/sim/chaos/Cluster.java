package dev.baton.sim.chaos;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.OutboundState;
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
    private static final int ATTEMPTS_MAX = 3;
    private static final int HISTORY_MAX = 200_000;
    static final Path NO_DIRECTORY = Path.of("/nonexistent");

    private final Plan plan;
    private final Agenda agenda = new Agenda();
    private final Oracle oracle = new Oracle(this);
    private final Fabric fabric;
    private final MemoryLedger memory = new MemoryLedger(LazyMemory.orNull());
    private final List<SenderMember> senders = new ArrayList<>();
    /** Who prefills: senders, then receivers that send, too. */
    private final List<Prefill> prefills = new ArrayList<>();
    private final List<ReceiverMember> receivers = new ArrayList<>();
    private final List<LenderMember> lenders = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final Map<HandoffId, Attempt> attempts = new HashMap<>();
    private final List<Attempt> inOrder = new ArrayList<>();
    private final List<Attempt> unsent = new ArrayList<>();
    private final Injection injection = new Injection(this);
    private final StateSteps<ReservationState> reservationSteps = StateSteps.ofReservations();
    private final StateSteps<OutboundState> handoffSteps = StateSteps.ofHandoffs();
    private final List<String> history;
    private final Chance chance;
    private final GangOracle gangs;
    private final Impossible impossible;
    private final DrainOracle drains = new DrainOracle(this);
    private final Recovery recovery;
    private final Authenticity authenticity;
    private final Strangers strangers;
    private boolean isHealed;
    private int requestCount;
    private int open;

    Cluster(Plan plan, boolean isTold) {
        this.plan = plan;
        this.history = isTold ? new ArrayList<>() : null;
        this.fabric = new Fabric(agenda, plan.seed, oracle);
        this.chance = Chance.of(plan.seed, "cluster-run");
        this.gangs = new GangOracle(this);
        this.impossible = new Impossible(this);
        this.recovery = new Recovery(this);
        this.authenticity = new Authenticity(plan.secret != null);
        this.strangers = new Strangers(this);
        this.requestCount = plan.requests.size();
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
            strangers.close();
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
        return new SeedResult(plan.seed, violation, oracle.events(), oracle.hash(), agenda.nowNs(), cpuNs() - startNs,
            plan.enabled, injection.counts(), reservationSteps, handoffSteps, oracle.below(), oracle.seen(), history);
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
        senders.forEach(sender -> prefills.add(sender.prefill()));
        plan.forwarders.forEach(node -> prefills.add(receivers.get(node).prefillOrNull()));
        for (ReceiverMember receiver : receivers) {
            for (int place = 1; place <= plan.gangs.get(receiver.node).lenderCount(); place++) {
                lenders.add(new LenderMember(this, members.size() + lenders.size(), receiver, place));
            }
        }
        members.addAll(lenders);
        lenders.forEach(lender -> fabric.orderly(lender.host, lender.leader().host));
        members.forEach(Member::start);
        strangers.begin();
        Series.begin(agenda, plan.early, EarlyPlan::atNs, this::holdEarly);
        Series.begin(agenda, plan.requests, Request::atNs, request -> submit(first(request)));
        Series.begin(agenda, impossible.requests(), Request::atNs, request -> submit(new Attempt(request, 0)));
        Series.begin(agenda, plan.forwards, Request::atNs, request -> submit(new Attempt(request, 0)));
        Series.begin(agenda, plan.fetches, Request::atNs, request -> fetch(new Attempt(request, 0)));
        Series.begin(agenda, plan.prefetches, Request::atNs, request -> receivers.get(request.receiver()).prefetch(new Attempt(request, 0)));
        Series.begin(agenda, DrainPlan.drawn(plan), DrainPlan::atNs, this::drain);
        Series.begin(agenda, plan.faults, Fault::atNs, injection::inject);
        advance(plan.chaosNs);
        heal();
        recovery.awaitQuiet();
        recovery.probe();
        oracle.finish();
    }

    void advance(long untilNs) {
        boolean isMore = true;
        while (isMore) {
            isMore = agenda.next(untilNs);
        }
    }

    private void heal() {
        note("oracle", "heals everything");
        isHealed = true;
        recovery.begin();
        fabric.weather().clear();
        fabric.unblock();
        members.forEach(Member::heal);
    }

    /** Asked now. */
    void ask(int from, int to, int tokens, long deadlineMs) {
        submit(new Attempt(new Request(requestCount++, from, to, agenda.nowNs(), false, tokens, 0, 1000, deadlineMs, 0, List.of()), 0));
    }

    /** One attempt, whether its sender asks first or a scheduler does. */
    private Attempt first(Request request) {
        Attempt made = new Attempt(request, 0);
        Attempt known = attempts.putIfAbsent(made.id, made);
        return known == null ? made : known;
    }

    private void holdEarly(EarlyPlan early) {
        ReceiverMember receiver = receivers.get(early.of().receiver());
        Attempt attempt = first(early.of());
        if (isHealed || !receiver.holdEarly(attempt, early)) {
            return;
        }
        if (!early.isSent()) {
            unsent.add(attempt);
        }
        if (early.cancelNs() < plan.chaosNs) {
            int life = receiver.life;
            agenda.at(Math.max(early.cancelNs(), agenda.nowNs()), () -> receiver.giveUp(attempt, life));
        }
    }

    private void drain(DrainPlan drain) {
        if (!isHealed) {
            memberAt(drain.node() % memberCount()).goDown(drain);
        }
    }

    /** Whether a node is on its way down yet, or was when everything healed. */
    boolean isAnyLeaving() {
        return members.stream().anyMatch(Member::isLeaving);
    }

    /** What schedulers had memory held for and nobody sends. */
    List<Attempt> unsent() {
        return unsent;
    }

    private void submit(Attempt attempt) {
        note("user", () -> "asks for " + attempt);
        attempts.put(attempt.id, attempt);
        toSender(attempt);
        for (int rank = 0; plan.isRanked() && !ForwardPlan.isForward(attempt.request) && rank < senders.size(); rank++) {
            if (rank != attempt.sender) {
                toSender(new Attempt(attempt, rank));
            }
        }
    }

    private void fetch(Attempt attempt) {
        attempts.put(attempt.id, attempt);
        receivers.get(attempt.request.receiver()).fetch(prefills.get(attempt.sender).name(), attempt);
    }

    /** What a prefill engine has fetched to read it; no engine hears of it by this name. */
    Attempt fetched(Request of) {
        Attempt attempt = new Attempt(new Request(ForwardPlan.READ_FIRST + attempts.size(), of.sender(), of.receiver(), agenda.nowNs(), false, of.tokens(), 0, 0,
            of.deadlineMs(), of.tenant(), of.keys()), 0);
        attempts.put(attempt.id, attempt);
        return attempt;
    }

    List<Prefill> prefills() {
        return prefills;
    }

    /** Whether it sends, also where it receives, too. */
    boolean hasPrefill(Member member) {
        return member instanceof SenderMember || (member instanceof ReceiverMember receiver && receiver.prefillOrNull() != null);
    }

    private void toSender(Attempt attempt) {
        inOrder.add(attempt);
        open++;
        oracle.event(7, attempt.request.index(), attempt.number);
        prefills.get(attempt.sender).submit(attempt);
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
    void onSenderEnd(Attempt attempt) {
        open--;
        oracle.event(8, attempt.request.index(), attempt.senderKind == null ? -1 : attempt.senderKind.value());
        boolean isMore = attempt.isLead() && attempt.senderKind != OutcomeKind.DELIVERED && attempt.number + 1 < ATTEMPTS_MAX;
        if (isMore && recovery.isProbeAgain(attempt)) {
            submit(new Attempt(attempt.request, attempt.number + 1));
        } else if (isMore && !isHealed && attempt.senderReason != EndReason.CANCELLED) {
            long atNs = agenda.nowNs() + chance.between(0, SECOND);
            if (atNs < plan.chaosNs) {
                agenda.at(atNs, () -> submit(new Attempt(attempt.request, attempt.number + 1)));
            }
        }
    }

    /** One happens now, which is an event of the seed. */
    void injected(FaultKind kind) {
        injection.injected(kind);
    }

    /** Something was lost, late, slow or gone that would not have been without it. Counted, and no event: see {@link Coverage}. */
    void happened(FaultKind kind) {
        injection.happened(kind);
    }

    /** Hears those of all receivers' ledgers. */
    StateSteps<ReservationState> reservationSteps() {
        return reservationSteps;
    }

    /** Hears those of all senders. */
    StateSteps<OutboundState> handoffSteps() {
        return handoffSteps;
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

    GangOracle gangs() {
        return gangs;
    }

    Impossible impossible() {
        return impossible;
    }

    DrainOracle drains() {
        return drains;
    }

    Authenticity authenticity() {
        return authenticity;
    }

    Strangers strangers() {
        return strangers;
    }

    List<LenderMember> lenders() {
        return lenders;
    }

    int memberCount() {
        return members.size();
    }

    /** Nodes: receivers, senders, and those that lend. */
    Member memberAt(int node) {
        return members.get(node);
    }

    /** Handoffs that have not ended at their senders. */
    int openCount() {
        return open;
    }

    /** Those asked for after healing, too; the numbers of all are below it. */
    int requestCount() {
        return requestCount;
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
