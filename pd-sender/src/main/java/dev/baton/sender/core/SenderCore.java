package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.baton.buffer.SealedPrefixes;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.ShardedLayout;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.LinkContext;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.SenderMessageListener;

/**
 * The sender's control half without a clock, a thread or I/O: finds the handoff that a message, an event or a timer is
 * about. One thread, the control agent's, calls everything; it says the time first, once a cycle, with
 * {@link #timeNs(long)}.
 */
public final class SenderCore implements SessionListener, DataListener {
    /** A cycle that comes so long after the one before it finds a process that did not run: paused, or starved. */
    public static final long STALL_NS = TimeUnit.SECONDS.toNanos(1);

    /** Of an engine, at once: the numbers above are those of blocks that peers fetch. */
    public static final int HANDOFFS_MAX = PoolFetches.SLOT_FIRST;

    private final ShardedLayout layout;
    private final SchemeChoice schemes;
    private final int parkedMax;
    private final OutboundContext context;
    private final SenderCounters counters;
    private final PairingCache pairings = new PairingCache();
    private final List<Peering> peerings = new ArrayList<>();
    private final OutboundBook book;
    private long begun;
    private long replacedEngine = -1;
    private final HandoffReserving reserving;
    private final UnboundHandoffs unbound;
    private final HandoffSending sending;
    private final HandoffEnding ending;
    private final HandoffAsking asking;
    private final Draining draining;
    private final SenderMessages messages;
    private final PeerFetches fetches;
    private final PoolFetches pool;
    private final PoolHolds held;
    private final PrefixLoads loads;
    /** Made once: each cycle would make another. */
    private final Consumer<HandoffBoard> onBoard = this::onBoard;
    private final OutboundDues dues;

    /**
     * @param shards    of the source that this process has
     * @param parkedMax prefills that nobody has asked for yet, at most, those still under way among them
     * @param startNs the time now, on the clock of all later times
     * @param jitter  before a refused handoff asks again
     * @param log     hears of every abnormal end, and of every session lost
     */
    public SenderCore(ShardedLayout layout, ShardRange shards, SchemeChoice schemes, SenderTimeouts timeouts, int parkedMax, DataPlane data,
        EngineOutbox engine, Jitter jitter, SenderCounters counters, EndLog log, long startNs) {
        this.layout = layout;
        this.schemes = schemes;
        this.parkedMax = parkedMax;
        this.counters = counters;
        this.book = new OutboundBook(startNs);
        this.loads = new PrefixLoads(engine, counters);
        this.held = new PoolHolds(layout.layout().blockTokens(), counters);
        this.pool = new PoolFetches(engine, layout, held);
        this.context = new OutboundContext(timeouts, new ReceiverProxy(), data, pool, jitter, counters,
            new OutboundTimers(startNs), book, log, new PeerGangs(), shards);
        this.ending = new HandoffEnding(context);
        this.asking = new HandoffAsking(context, ending);
        ending.asking(asking);
        this.draining = new Draining(context);
        this.reserving = new HandoffReserving(context, ending);
        this.unbound = new UnboundHandoffs(book, reserving, this::sessionOf);
        this.sending = new HandoffSending(context, ending, held);
        this.fetches = new PeerFetches(context, pool, shards.count() == layout.sharding().count(), layout.layout().blockTokens());
        this.dues = new OutboundDues(context, reserving, sending, ending, asking);
        this.messages = new SenderMessages(context, reserving, sending, ending, asking, fetches);
    }

    /**
     * The time of everything that is told until it is said again. After a stall of more than {@link #STALL_NS} it drops
     * all grants before anything else is done: their memory may be another's by now, and no message read first says so.
     */
    public void timeNs(long value) {
        boolean hasStalled = value - book.nowNs() > STALL_NS;
        book.nowNs(value);
        if (hasStalled) {
            fenceSelf(value);
        }
    }

    private void fenceSelf(long nowNs) {
        for (PeerSession peer : book.sessions().values()) {
            if (peer.isInUse() && peer.session().isOpen()) {
                peer.stopPosts(nowNs);
                peer.session().close(EndReason.STALLED);
                counters.add(Kind.SELF_FENCED, 1);
            }
        }
    }

    /** Whose blocks other nodes may have; before the first cycle. */
    public void fetchTenants(FetchTenants value) {
        fetches.tenants(value);
    }

    /** What lies in the node's share for reservations and may be fetched, too; null for none. Before the first cycle. */
    public void sealed(SealedPrefixes value) {
        pool.sealed(value);
        held.sealed(value);
        loads.sealed(value);
    }

    /** Gives the peering an index for {@link HandoffSpec#peer()}: 0, 1, 2... */
    public int addPeering(Peering peering) {
        peerings.add(peering);
        return peerings.size() - 1;
    }

    public int addGang(List<Peering> gang) {
        return addPeering(context.gangs().add(gang));
    }

    /** Empty once there is a session with that peer, else why there is none yet. */
    public String whyNotConnected(int peer) {
        return peerings.get(peer).whyNotConnected();
    }

    /** What moves the bytes to that peer; empty while there is no session, or nothing in common. */
    public String schemeTo(int peer) {
        PeerSession session = sessionOf(peer);
        return session == null ? "" : session.scheme();
    }

    /** What the engine would read, or has read, of prompts that lie in the node's share for reservations. */
    public void onOrder(PrefixOrder order) {
        loads.onOrder(order);
    }

    /** What the engine told: a new handoff, or something new about one. */
    public void onBoard(HandoffBoard board) {
        board.taken();
        OutboundHandoff handoff = book.ofHandleOrNull(board.handle());
        if (handoff == null) {
            handoff = beginOrNull(board);
        }
        if (handoff != null) {
            look(handoff);
        }
    }

    /** Null if it ended at once, or had ended before. */
    private OutboundHandoff beginOrNull(HandoffBoard board) {
        if (board.isBegun()) {
            return null;   // a note that crossed the handoff's end
        }
        board.begun();
        HandoffSpec spec = board.spec();
        if (board.engine() <= replacedEngine && !board.isFinished()) {
            return refused(board, EndReason.ENGINE_LOST, HandoffEnding.ENGINE_GONE);
        }
        if (board.prefixOrNull() != null && !held.adopt(board, loads.takeOrNull(board.prefixOrNull()))) {
            return refused(board, EndReason.EVICTED, "what it begins with was let go: its engine was gone");
        }
        if (spec.isSourceFirst() && book.parkedCount() >= parkedMax) {
            return refused(board, EndReason.OVERLOADED, "prefills that nobody has asked for are as many as may be: parkedMax=" + parkedMax);
        }
        if (book.ofIdOrNull(spec.id()) != null) {
            return refused(board, EndReason.REJECTED, "this attempt is under way already: handoff=" + spec.id());
        }
        if (!spec.isSourceFirst() && spec.peer() >= peerings.size()) {
            return refused(board, EndReason.REJECTED, "no such peer: peer=" + spec.peer());
        }
        if (spec.isFetched() && !fetches.begin(spec)) {
            return refused(board, EndReason.CANCELLED, "nobody waits for it any more: node=" + spec.fetchedBy());
        }
        OutboundHandoff handoff = new OutboundHandoff(board, begun++, counters.steps());
        book.add(handoff);
        counters.add(Kind.BEGUN, 1);
        if (spec.isJoining()) {
            reserving.awaitGrant(handoff, book.nowNs());
        } else if (!spec.isSourceFirst()) {
            reserving.startReserving(handoff, book.nowNs(), spec.deadlineMs());
        }
        bindLater(handoff);
        return book.ofHandleOrNull(board.handle());
    }

    private OutboundHandoff refused(HandoffBoard board, EndReason reason, String detail) {
        counters.add(Kind.FAILED, 1);
        counters.ended(reason);
        context.engine().tell(new EngineNotice.Failed(board.handle(), reason, detail));
        return null;
    }

    /** The engine told something: more tokens, the end of prefill, or that it wants no more. */
    private void look(OutboundHandoff handoff) {
        if (handoff.board.isCancelled() && handoff.last == null && !handoff.isCancelSent) {
            ending.cancel(handoff);
        } else if (handoff.state == OutboundState.NEW && handoff.spec.isSourceFirst() && handoff.board.isFinished()) {
            reserving.park(handoff, book.nowNs());
            bindLater(handoff);
        } else {
            sending.onBoard(handoff);
        }
        if (handoff.isToJoin()) {
            book.unparked(handoff);
            reserving.startReserving(handoff, book.nowNs(), handoff.board.grantOrNull().deadlineMs());
            bindLater(handoff);
        }
    }

    /** Now, if there is a session to ask on. */
    private void bindLater(OutboundHandoff handoff) {
        if (handoff.isUnbound()) {
            unbound.add(handoff);
            unbound.bind();
        }
    }

    private PeerSession sessionOf(int peerIndex) {
        Session session = peerIndex < 0 ? null : peerings.get(peerIndex).session();
        return session == null || !session.isOpen() ? null : book.sessions().get(session);
    }

    /** End of a cycle: timers, then what the cycle's events left to be said. Returns a work count. */
    public int endCycle() {
        int workCount = context.timers().poll(book.nowNs(), dues);
        fetches.poll();
        pool.poll(onBoard);
        unbound.bind();
        workCount += book.flush(sending);
        book.offer(reserving);
        return workCount;
    }

    public int handoffCount() {
        return book.handoffCount();
    }

    /** Where a handoff stands; null once it has ended. For reports and tests. */
    public OutboundState state(long handle) {
        OutboundHandoff handoff = book.ofHandleOrNull(handle);
        return handoff == null ? null : handoff.state;
    }

    /** Every peer hears that nothing new comes from here, and how long what is under way may still take. */
    public void drain() {
        fetches.drain();
        draining.begin();
    }

    /** Tells every peer and the engine that this sender goes down. Agents still have to stop. */
    public void shutdown() {
        for (OutboundHandoff handoff : book.handoffs()) {
            ending.shutdown(handoff);
        }
    }

    /** The prefill engine's process is gone: what it had not prefilled whole ends here and at its peer. */
    public void engineLost() {
        book.handoffs().forEach(ending::engineLost);
        loads.releaseAll();
    }

    /** The same of that engine, in whose place another came: what is heard later that it had begun ends, too. */
    public void engineReplaced(long engine) {
        replacedEngine = engine;
        engineLost();
    }

    /** What receivers say goes here. */
    public SenderMessageListener messages() {
        return messages;
    }

    // ---- Sessions
    @Override
    public void onSessionOpened(Session session) {
        if (!session.peer().hasRole(Role.DECODE)) {
            return;
        }
        String scheme = schemes.choose(session.peer());
        List<Offer> offers = scheme == null ? List.of() : session.peer().offers(scheme);
        int laneCount = Math.min(offers.size(), Lanes.COUNT_MAX);
        List<LinkContext> links = new ArrayList<>(laneCount);
        for (int lane = 0; lane < laneCount; lane++) {
            links.add(LanePaths.link(offers, lane, session.id(), session.host(), session.peer().incarnation(), session.peer().slabs()));
        }
        PeerSession peer = PeerSession.of(session, scheme, schemes, links, layout, pairings);
        book.sessions().put(session, peer);
        asking.onSessionOpened(peer, book.nowNs());
        draining.sessionOpened(peer);
        book.handoffs().forEach(handoff -> reserving.bindParts(handoff, book.nowNs()));
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        PeerSession peer = book.sessions().remove(session);
        if (peer == null) {
            return;
        }
        int ended = 0;
        int awaited = 0;
        for (OutboundHandoff handoff : book.handoffs()) {
            boolean wasGoingOn = handoff.last == null;
            if (handoff.peer == peer) {
                ending.onSessionLost(handoff, reason);
                awaited += handoff.last == null && handoff.isReceiversToEnd() ? 1 : 0;
                if (handoff.isUnbound()) {
                    unbound.add(handoff);
                }
            } else {
                ending.onMemberLost(handoff, peer, reason);
            }
            ended += wasGoingOn && handoff.last != null ? 1 : 0;
        }
        unbound.sort();
        if (session.isMissed()) {
            context.log().sessionLost(session.peer().nodeId(), reason, ended, awaited, book.nowNs());
        }
        fetches.sessionClosed(session);
        context.data().closeLanes(session.id());
    }

    // ---- Events of the data agents

    private OutboundHandoff sending(long handle) {
        OutboundHandoff handoff = book.ofHandleOrNull(handle);
        if (handoff == null) {
            counters.add(Kind.STRAY_EVENTS, 1);
        }
        return handoff;
    }

    @Override
    public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            sending.onCellDone(handoff, cell, lengthBytes, crc, lane, seq);
        }
    }

    @Override
    public void onLaneDone(long handle, int lane, int round, int lastSeq) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            sending.onLaneDone(handoff, lane, round, lastSeq);
        }
    }

    @Override
    public void onStopped(long handle, int failedCompletions, long failedProcesses) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            ending.onStopped(handoff, failedCompletions, failedProcesses);
        }
    }

    /** A lane that broke takes its session along: nothing says what of it had landed. */
    @Override
    public void onLaneLost(long sessionId, int lane, EndReason reason) {
        counters.add(Kind.LANES_LOST, 1);
        PeerSession peer = openOrNull(sessionId);
        if (peer != null) {
            peer.session().close(reason);
        }
    }

    @Override
    public void onPeerGone(long sessionId) {
        PeerSession peer = openOrNull(sessionId);
        if (peer != null) {
            counters.add(Kind.PEERS_GONE, 1);
            peer.gone();
            peer.session().close(EndReason.PEER_LOST);
        }
    }

    private PeerSession openOrNull(long sessionId) {
        for (PeerSession peer : book.sessions().values()) {
            if (peer.session().id() == sessionId && peer.session().isOpen()) {
                return peer;
            }
        }
        return null;
    }
}
