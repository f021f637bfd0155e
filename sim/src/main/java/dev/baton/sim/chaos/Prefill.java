package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvLayout;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.SourceImages;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.SenderTimeouts;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** A node's sending role, over all its incarnations: the production sender, and an engine that computes a pattern. */
final class Prefill implements PrefillListener {
    private static final long UNIT_BYTES = 64 << 10;
    private static final long WHOLE_BYTES = 8 * UNIT_BYTES;
    private static final int HANDOFFS_MAX = 64;
    /** Between tries to stage where there was no room and nothing has moved since. */
    private static final long STALL_NS = 100_000_000;

    private final Member member;
    private final Cluster cluster;
    private final Agenda agenda;
    private final Chance chance;
    private final ShardedLayout layout;
    private final List<Attempt> waiting = new ArrayList<>();
    private final Map<Long, Attempt> live = new LinkedHashMap<>();
    private final List<Attempt> turns = new ArrayList<>();
    private final PrefixReads reads;
    private final PrefillLife life;
    /** By receiver: its number at the sender that runs. */
    private final Map<Integer, Integer> peers = new HashMap<>();
    private SenderService service;

    /** @param layout of what it computes and stages */
    Prefill(Member member, ShardedLayout layout) {
        this.member = member;
        this.cluster = member.cluster;
        this.agenda = member.agenda;
        this.chance = member.chance;
        this.layout = layout;
        this.reads = new PrefixReads(member, layout);
        this.life = new PrefillLife(cluster.plan(), member.node);
    }

    /** Of a new process. */
    SenderService service(ShardRange shards) {
        Plan plan = cluster.plan();
        service = new SenderService(new SenderContext().layout(layout).shardsHere(shards).dataAgents(plan.dataAgents)
            .handoffsMax(HANDOFFS_MAX).windowBytes(plan.windowUnits * UNIT_BYTES).wholeBytes(WHOLE_BYTES)
            .timeouts(new SenderTimeouts(TimeUnit.MILLISECONDS.toNanos(plan.deadlineMs), TimeUnit.SECONDS.toNanos(10),
                TimeUnit.SECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(13), TimeUnit.SECONDS.toNanos(2)))
            .random(chance::nextLong).steps(cluster.handoffSteps()));
        return service;
    }

    /** What staging takes of a pool that it shares. */
    static long stagingBytes(Plan plan) {
        return plan.windowUnits * UNIT_BYTES + WHOLE_BYTES;
    }

    String name() {
        return member.name();
    }

    int node() {
        return member.node;
    }

    boolean hasRunFor(long forNs, int ofLife) {
        return member.life == ofLife && member.hasRunFor(forNs);
    }

    /** Of the running process, with a receiving instance. */
    void connect(ReceiverMember receiver) {
        List<HostPort> lenders = cluster.gangs().lendersOf(receiver).stream().map(lender -> new HostPort(lender.host, Member.PORT)).toList();
        peers.put(receiver.node, lenders.isEmpty() ? service.sender().connect(receiver.host, Member.PORT)
            : service.sender().connect(new HostPort(receiver.host, Member.PORT), lenders));
    }

    /** The process runs. */
    void started() {
        life.begin(service.sender());
    }

    boolean isMortal() {
        return life.isMortal();
    }

    /** The engine's process dies, and another comes after that time, or at once. What it had not prefilled whole nobody goes on with. */
    void engineGone(long forNs) {
        if (!member.isUp()) {
            return;
        }
        for (Attempt attempt : live.values()) {
            attempt.isOrphan |= !attempt.isFinished;
        }
        turns.removeIf(attempt -> attempt.isOrphan);
        reads.readerGone();
        cluster.oracle().seen(member.node, "prefill-engine-killed", 0);
        if (life.isThere()) {
            cluster.happened(FaultKind.ENGINE_GONE);
        }
        if (life.die(service.sender(), agenda.nowNs(), forNs) && member.isRunning()) {
            cluster.oracle().seen(member.node, "prefill-engine-replaced", 0);
            service.sender().engine().poll(this, 64);
        }
        member.wake();
    }

    void heal() {
        life.heal();
    }

    /** The process died, its engine with it. */
    void onDied() {
        for (Attempt attempt : live.values()) {
            attempt.isSenderGone = true;
            cluster.onSenderEnd(attempt);
        }
        for (Attempt attempt : reads.clear()) {
            attempt.isSenderGone = true;
            cluster.onSenderEnd(attempt);
        }
        live.clear();
        turns.clear();
    }

    /** Its process is about to end in order. What lanes have yet to read or place keeps its handoffs from ending. */
    void requireTold() {
        if (!live.isEmpty() && !member.process.hasWritesUnderWay()) {
            throw new Violation("L11", "a node goes down in order, and its prefill engine never hears how a handoff ended: " + live.values().iterator().next() +
                " node=" + name());
        }
    }

    /** A request, or another try at it, for this engine. */
    void submit(Attempt attempt) {
        attempt.askedNs = agenda.nowNs();
        waiting.add(attempt);
        member.wake();
    }

    /** One cycle; the time it next wants one, or MAX. */
    long cycle(long nowNs, boolean hasMoved) {
        PrefillEngine engine = service.sender().engine();
        int work = engine.poll(this, 64);
        if (life.isDue(nowNs)) {
            life.begin(service.sender());
            work++;
        }
        work += life.isThere() ? beginWaiting(engine, nowNs) : 0;
        long nextNs = life.nextNs();
        for (int i = 0; i < turns.size(); i++) {
            Attempt attempt = turns.get(i);
            if (attempt.isOver()) {
                turns.remove(i--);
                continue;
            }
            if (hasMoved && attempt.isStalled) {
                attempt.nextChunkNs = nowNs;
            }
            if (attempt.grant != null) {
                engine.join(attempt.handle, attempt.grant);
                attempt.grant = null;
            }
            work += advance(engine, attempt, nowNs);
            nextNs = Math.min(nextNs, nextOf(attempt));
        }
        work += reads.cycle(engine, nowNs);
        member.worked |= work > 0;
        return Math.min(nextNs, reads.nextNs());
    }

    private static long nextOf(Attempt attempt) {
        long nextNs = Math.min(attempt.cancelNs, attempt.nextWantNs);
        return attempt.isFinished || !attempt.isGranted ? nextNs : Math.min(nextNs, attempt.nextChunkNs);
    }

    private int beginWaiting(PrefillEngine engine, long nowNs) {
        int begun = 0;
        long full = 0;   // receivers to which no more may begin now
        for (int i = 0; i < waiting.size(); i++) {
            Attempt attempt = waiting.get(i);
            Request request = attempt.request;
            if (attempt.isToRead) {
                waiting.remove(i--);
                reads.begin(engine, attempt);
                begun++;
                continue;
            }
            if ((full >>> request.receiver() & 1) != 0) {
                continue;
            }
            HandoffSpec spec = (request.isSourceFirst()
                ? HandoffSpec.sourceFirst(attempt.id, request.tokens())
                : HandoffSpec.destinationFirst(attempt.id, peers.get(request.receiver()), request.tokens()))
                .withGrowthTokens(request.growthTokens()).withDeadlineMs(request.deadlineMs()).withBlockKeys(request.keys());
            long handle = attempt.isForgotten(nowNs) ? PrefillEngine.FULL : engine.begin(!cluster.plan().isRanked() || ForwardPlan.isForward(request) ? spec
                : attempt.isLead() ? spec.withRanks(cluster.ranks()) : spec.joining());
            if (handle == PrefillEngine.FULL) {
                if (nowNs - attempt.askedNs <= request.deadlineMs() * 1_000_000) {
                    full |= 1L << request.receiver();
                    continue;
                }
                waiting.remove(i--);
                attempt.isGivenUp = true;
                cluster.note(member.name(), () -> attempt + " was not begun in time");
                cluster.onSenderEnd(attempt);
                continue;
            }
            if (member.isLeaving()) {
                throw new Violation("L11", "a node that was told to end begins a handoff: " + attempt + " node=" + name());
            }
            waiting.remove(i--);
            begun++;
            attempt.handle = handle;
            attempt.begunNs = nowNs;
            attempt.senderLife = member.life;
            attempt.isGranted = request.isSourceFirst();
            attempt.nextChunkNs = nowNs;
            if (!cluster.isHealed() && chance.happens(cluster.plan().cancelRate)) {
                attempt.cancelNs = nowNs + chance.between(0, request.deadlineMs() * 1_000_000);
            }
            live.put(handle, attempt);
            turns.add(attempt);
            cluster.note(member.name(), () -> "begins " + attempt + (request.isSourceFirst() ? " source-first" : "") + " tokens=" +
                request.tokens() + "+" + request.growthTokens() + " to receiver " + request.receiver());
        }
        return begun;
    }

    private int advance(PrefillEngine engine, Attempt attempt, long nowNs) {
        if (attempt.cancelNs <= nowNs) {
            attempt.cancelNs = Long.MAX_VALUE;
            cluster.injected(FaultKind.CANCEL);
            cluster.note(member.name(), () -> "cancels " + attempt);
            attempt.cancels++;
            engine.cancel(attempt.handle);
            return 1;
        }
        if (attempt.nextWantNs <= nowNs) {
            want(attempt, nowNs);
        }
        return attempt.isGranted && !attempt.isFinished && attempt.nextChunkNs <= nowNs ? prefill(engine, attempt, nowNs) : 0;
    }

    /** The proxy tells the decode side that the prefill is parked; more than once, as answers get lost. */
    private void want(Attempt attempt, long nowNs) {
        ReceiverMember receiver = cluster.receivers().get(attempt.request.receiver());
        attempt.nextWantNs = ++attempt.wants < 4 ? nowNs + 1_500_000_000L : Long.MAX_VALUE;
        receiver.want(member.name(), attempt);
    }

    private int prefill(PrefillEngine engine, Attempt attempt, long nowNs) {
        KvLayout kv = layout.layout();
        int tokens = attempt.request.tokens();
        int blockCount = Math.ceilDiv(tokens, kv.blockTokens());
        int from = attempt.nextBlock;
        if (from < blockCount) {
            long unit = engine.stage(attempt.handle, from);
            if (unit < 0) {
                attempt.isStalled = true;
                attempt.nextChunkNs = nowNs + STALL_NS;
                return 0;
            }
            attempt.isStalled = false;
            if (unit == PrefillEngine.NOTHING && ForwardPlan.isForward(attempt.request)) {
                boolean isToGang = cluster.plan().gangs.get(attempt.request.receiver()).isGang();
                cluster.oracle().seen(member.node, isToGang ? "handed-on-to-gang" : "handed-on", from);
            }
            if (unit != PrefillEngine.NOTHING) {
                cluster.oracle().onStaged(member, attempt);
                fill(engine.images(attempt.handle), attempt, from, unit);
            }
            attempt.nextBlock++;
        }
        attempt.nextChunkNs = nowNs + attempt.request.chunkNs();
        if (attempt.nextBlock == blockCount) {
            attempt.isFinished = true;
            engine.finish(attempt.handle, tokens, aux(attempt));
            if (attempt.request.isSourceFirst() && attempt.isLead()) {
                attempt.nextWantNs = nowNs + chance.between(0, 500_000_000);
            }
        } else {
            engine.chunkReady(attempt.handle, attempt.nextBlock * kv.blockTokens());
        }
        return 1;
    }

    static byte[] aux(Attempt attempt) {
        return attempt.request.index() % 3 == 0 ? null : new byte[] {(byte) attempt.request.index(), 42};
    }

    private void fill(SourceImages images, Attempt attempt, int block, long unit) {
        KvLayout kv = layout.layout();
        int tokensInBlock = Math.min(kv.blockTokens(), attempt.request.tokens() - block * kv.blockTokens());
        long seed = attempt.request.seedOf(cluster.plan().seed, block, attempt.number);
        for (int image = 0; image < images.imageCount(block); image++) {
            KvPattern.fillImage(unit + images.imageOffset(block, image), kv, layout.sharding(),
                images.sourceShard(block, image), images.group(block, image), block, tokensInBlock, seed);
        }
    }

    /** What it is to hand on; the handoff begins while it is being read. */
    @Override
    public void onLoaded(PrefixHere here) {
        Attempt attempt = reads.loaded(here);
        if (!life.isThere()) {
            reads.readerGone();
            service.sender().engine().release(here);
        }
        attempt.isToRead = false;
        waiting.add(attempt);
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {
        Attempt attempt = live.get(handoff);
        if (attempt.request.isSourceFirst()) {
            return;
        }
        attempt.isGranted = true;
        attempt.nextBlock = cells.firstBlock();
        attempt.nextChunkNs = agenda.nowNs() + attempt.request.chunkNs();
        cluster.note(member.name(), () -> attempt + " granted");
    }

    @Override
    public void onPartGranted(long handoff, int part, byte[] grant) {
        cluster.handOn(live.get(handoff), part, grant);
    }

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        Attempt attempt = live.get(handoff);
        cluster.note(member.name(), () -> attempt + " rejected: reason=" + reasonCode + " retryAfterMs=" + retryAfterMs + " " + detail);
        attempt.refusedFor = RejectReason.of(reasonCode);
        cluster.impossible().onRejected(member, attempt, attempt.refusedFor, retryAfterMs);
        if (retryAfterMs == 0) {
            end(handoff, OutcomeKind.REJECTED, EndReason.REJECTED, true);
        }
    }

    @Override
    public void onLanded(long handoff) {
        live.get(handoff).isLanded = true;
        cluster.note(member.name(), () -> live.get(handoff) + " landed");
    }

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        end(handoff, kind, reason, false);
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        cluster.note(member.name(), () -> live.get(handoff) + " failed: " + detail);
        end(handoff, OutcomeKind.ABORTED, reason, true);
    }

    private void end(long handoff, OutcomeKind kind, EndReason reason, boolean isLocal) {
        Attempt attempt = live.remove(handoff);
        if (attempt == null) {
            throw new Violation("S9", "the engine is told of a handoff that has ended: handle=" + handoff);
        }
        if (attempt.isOrphan && kind == OutcomeKind.DELIVERED) {
            throw new Violation("S4", "delivered, and its engine died before it had prefilled it: " + attempt);
        }
        if (attempt.isOrphan && reason == EndReason.ENGINE_LOST && isLocal) {
            cluster.oracle().seen(member.node, "prefill-engine-lost", attempt.request.index());
        }
        attempt.senderKind = kind;
        attempt.senderReason = reason;
        attempt.senderEndNs = agenda.nowNs();
        attempt.isLocalEnd = isLocal;
        cluster.note(member.name(), () -> attempt + " ended: " + kind + " " + reason);
        if (kind != OutcomeKind.DELIVERED && reason == EndReason.NONE) {
            throw new Violation("S19", "an abnormal end has no reason: " + attempt + " kind=" + kind);
        }
        cluster.onSenderEnd(attempt);
    }
}
