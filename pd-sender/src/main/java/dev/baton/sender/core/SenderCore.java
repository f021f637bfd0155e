package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.kv.ShardedLayout;
import dev.baton.sender.core.SenderCounters.Kind;
import dev.baton.transport.LinkContext;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.AbortAckDecoder;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.AddressesDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.DrainingDecoder;
import dev.baton.transport.wire.GrantDecoder;
import dev.baton.transport.wire.NackDecoder;
import dev.baton.transport.wire.OutcomeDecoder;
import dev.baton.transport.wire.QueuedDecoder;
import dev.baton.transport.wire.ReadyDecoder;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.RejectDecoder;
import dev.baton.transport.wire.RenewAckDecoder;
import dev.baton.transport.wire.SenderMessageListener;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatusDecoder;
import dev.baton.transport.wire.WantDecoder;
import dev.baton.transport.wire.WireIds;

/**
 * The sender's control half without a clock, a thread or I/O: finds the handoff that a message, an event or a timer is about. One
 * thread, the control agent's, calls everything; it says the time first, once a cycle, with {@link #timeNs(long)}.
 */
public final class SenderCore implements SenderMessageListener, SessionListener, DataListener {
    private static final long TICK_NS = 1L << 20;
    private static final int TICKS_PER_WHEEL = 1024;
    private static final int TICKS_PER_CYCLE_MAX = 4096;

    private final ShardedLayout layout;
    private final SchemeChoice schemes;
    private final OutboundContext context;
    private final SenderCounters counters;
    private final PairingCache pairings = new PairingCache();
    private final Long2ObjectHashMap<OutboundHandoff> byHandle = new Long2ObjectHashMap<>();
    private final Map<HandoffId, OutboundHandoff> byId = new HashMap<>();
    private final Map<Session, PeerSession> sessions = new HashMap<>();
    private final List<Peering> peerings = new ArrayList<>();
    private final List<OutboundHandoff> unbound = new ArrayList<>();
    private final List<OutboundHandoff> toFlush = new ArrayList<>();
    private final Wakeups wakeups;
    private long nowNs;

    /**
     * @param startNs the time now, on the clock of all later times
     * @param random  for jitter only
     */
    public SenderCore(ShardedLayout layout, SchemeChoice schemes, SenderTimeouts timeouts, DataPlane data, EngineOutbox engine,
        RandomGenerator random, SenderCounters counters, long startNs) {
        this.layout = layout;
        this.schemes = schemes;
        this.counters = counters;
        this.nowNs = startNs;
        this.wakeups = new Wakeups(startNs);
        this.context = new OutboundContext(timeouts, new ReceiverProxy(), data, engine, random, counters, wakeups);
    }

    /** The time of everything that is told until it is said again. */
    public void timeNs(long value) {
        nowNs = value;
    }

    /** Gives the peering an index for {@link HandoffSpec#peer()}: 0, 1, 2... */
    public int addPeering(Peering peering) {
        peerings.add(peering);
        return peerings.size() - 1;
    }

    /** Empty once there is a session with that peer, else why there is none yet. */
    public String whyNotConnected(int peer) {
        Peering peering = peerings.get(peer);
        boolean isConnected = peering.session() != null && peering.session().isOpen();
        return isConnected ? "" : "not connected: peer=" + peering.host() + ":" + peering.port() +
            (peering.whyNot().isEmpty() ? " no answer yet" : " " + peering.whyNot());
    }

    /** What the engine told: a new handoff, or something new about one. */
    public void onBoard(HandoffBoard board) {
        board.taken();
        OutboundHandoff handoff = byHandle.get(board.handle());
        if (handoff == null) {
            handoff = begin(board);
        }
        if (handoff != null) {
            handoff.onBoard(nowNs);
        }
    }

    /** Null if it ended at once, or had ended before. */
    private OutboundHandoff begin(HandoffBoard board) {
        if (board.isBegun()) {
            return null;   // a note that crossed the handoff's end
        }
        board.begun();
        HandoffSpec spec = board.spec();
        if (byId.containsKey(spec.id()) || (!spec.isSourceFirst() && spec.peer() >= peerings.size())) {
            counters.add(Kind.FAILED, 1);
            counters.ended(EndReason.REJECTED);
            context.engine().tell(new EngineNotice.Failed(board.handle(), EndReason.REJECTED,
                byId.containsKey(spec.id()) ? "this attempt is under way already: handoff=" + spec.id()
                    : "no such peer: peer=" + spec.peer()));
            return null;
        }
        OutboundHandoff handoff = new OutboundHandoff(context, board);
        byHandle.put(board.handle(), handoff);
        byId.put(spec.id(), handoff);
        handoff.begin(nowNs);
        if (handoff.isUnbound()) {
            unbound.add(handoff);
            bindUnbound();
        }
        return byHandle.get(board.handle());
    }

    private void bindUnbound() {
        for (int i = unbound.size() - 1; i >= 0; i--) {
            OutboundHandoff handoff = unbound.get(i);
            PeerSession peer = handoff.isUnbound() ? sessionOf(handoff.board().spec().peer()) : null;
            if (peer != null || !handoff.isUnbound()) {
                unbound.remove(i);
            }
            if (peer != null) {
                handoff.bind(peer, nowNs);
            }
        }
    }

    private PeerSession sessionOf(int peerIndex) {
        Session session = peerIndex < 0 ? null : peerings.get(peerIndex).session();
        return session == null || !session.isOpen() ? null : sessions.get(session);
    }

    /** End of a cycle: timers, then what the cycle's events left to be said. Returns a work count. */
    public int endCycle() {
        int workCount = wakeups.poll(nowNs) + toFlush.size();
        if (!unbound.isEmpty()) {
            bindUnbound();
        }
        for (int i = 0; i < toFlush.size(); i++) {
            toFlush.get(i).flush();
        }
        for (int i = 0; i < toFlush.size(); i++) {
            toFlush.get(i).isFlushDue = false;
        }
        toFlush.clear();
        return workCount;
    }

    public int handoffCount() {
        return byHandle.size();
    }

    /** Where a handoff stands; null once it has ended. For reports and tests. */
    public OutboundState state(long handle) {
        OutboundHandoff handoff = byHandle.get(handle);
        return handoff == null ? null : handoff.state();
    }

    /** Tells every peer and the engine that this sender goes down. Agents still have to stop. */
    public void shutdown() {
        for (OutboundHandoff handoff : new ArrayList<>(byHandle.values())) {
            handoff.shutdown();
        }
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
            Offer offer = offers.get(lane);
            links.add(new LinkContext(session.id(), lane, session.host(), offer.port(), session.peer().incarnation(),
                offer.laneTokenHigh(), offer.laneTokenLow(), session.peer().slabs()));
        }
        sessions.put(session, PeerSession.of(session, scheme, links, layout, pairings));
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        PeerSession peer = sessions.remove(session);
        if (peer == null) {
            return;
        }
        for (OutboundHandoff handoff : new ArrayList<>(byHandle.values())) {
            if (handoff.peer() == peer) {
                handoff.onSessionLost(reason, nowNs);
                if (handoff.isUnbound()) {
                    unbound.add(handoff);
                }
            }
        }
        context.data().closeLanes(session.id());
    }

    // ---- Messages

    /** The handoff that an answer is about: by the number in the question, and it must be on that session. */
    private OutboundHandoff asked(Session session, long correlation) {
        OutboundHandoff handoff = byHandle.get(correlation);
        return current(session, handoff);
    }

    private OutboundHandoff named(Session session, HandoffId id) {
        return current(session, byId.get(id));
    }

    private OutboundHandoff reserved(Session session, long reservation) {
        PeerSession peer = sessions.get(session);
        return current(session, peer == null ? null : peer.byReservation().get(reservation));
    }

    private OutboundHandoff current(Session session, OutboundHandoff handoff) {
        if (handoff == null || handoff.peer() == null || !handoff.peer().session().equals(session)) {
            counters.add(Kind.STRAY_MESSAGES, 1);
            return null;
        }
        return handoff;
    }

    @Override
    public void onGrant(Session session, GrantDecoder message) {
        OutboundHandoff handoff = byId.get(WireIds.handoff(message.handoff()));
        PeerSession peer = sessions.get(session);
        if (peer != null) {
            peer.openLanesOnce(context.data());
        }
        if (current(session, handoff) == null) {
            // Nobody here wants it any more: the receiver must not keep it until a timer ends it.
            context.proxy().abort(session, message.envelope().correlation(), WireIds.handoff(message.handoff()),
                WireIds.reservation(message.reservation()), Transfer.PART, EndReason.CANCELLED, "not wanted any more");
            return;
        }
        handoff.onGrant(message, WireIds.reservation(message.reservation()), nowNs);
    }

    @Override
    public void onQueued(Session session, QueuedDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            handoff.onQueued((int) message.position(), message.estimateMs());
        }
    }

    @Override
    public void onReject(Session session, RejectDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            handoff.onReject(message.reason(), message.retryAfterMs(), message.detail(), nowNs);
        }
    }

    @Override
    public void onAddresses(Session session, AddressesDecoder message) {
        OutboundHandoff handoff = reserved(session, message.reservation().counter());
        if (handoff != null) {
            handoff.onAddresses(message);
        }
    }

    @Override
    public void onNack(Session session, NackDecoder message) {
        OutboundHandoff handoff = reserved(session, message.reservation().counter());
        if (handoff != null) {
            handoff.onNack(message);
        }
    }

    @Override
    public void onReady(Session session, ReadyDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            handoff.onReady(message.consumeWithinMs(), nowNs);
        }
    }

    @Override
    public void onOutcome(Session session, OutcomeDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            handoff.onOutcome(message.kind(), EndReason.of(message.reason()), message.detail(), nowNs);
        }
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        OutboundHandoff handoff = named(session, WireIds.handoff(message.handoff()));
        if (handoff != null) {
            handoff.onAbort(EndReason.of(message.reason()), message.detail());
        } else {
            context.proxy().abortAck(session, message.envelope().correlation(), WireIds.handoff(message.handoff()),
                WireIds.reservation(message.reservation()), message.part());
        }
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        OutboundHandoff handoff = byId.get(WireIds.handoff(message.handoff()));
        if (handoff != null && (handoff.isWantable() || current(session, handoff) != null)) {
            handoff.onPeerCancel(EndReason.of(message.reason()));
        }
    }

    @Override
    public void onWant(Session session, WantDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        OutboundHandoff handoff = byId.get(id);
        PeerSession peer = sessions.get(session);
        if (peer == null || handoff == null || !handoff.isWantable()) {
            counters.add(Kind.NOT_HERE, 1);
            context.proxy().notHere(session, message.envelope().correlation(), id, EndReason.NOT_KNOWN);
            return;
        }
        counters.add(Kind.WANTED, 1);
        context.proxy().wantAck(session, message.envelope().correlation(), id, handoff.board().spec().tokens());
        handoff.want(peer, (int) message.haveTokens(), message.deadlineMs(), nowNs);
    }

    /** What this end holds is void at the peer: that handoff is over. A stale session ends by itself. */
    @Override
    public void onStale(Session session, StaleDecoder message) {
        OutboundHandoff handoff = asked(session, message.envelope().correlation());
        if (handoff != null) {
            handoff.onStale(message.what());
        }
    }

    /** A longer lease changes nothing yet: posts end with the deadline. */
    @Override
    public void onRenewAck(Session session, RenewAckDecoder message) {
        asked(session, message.envelope().correlation());
    }

    /** Only asked for by handoffs whose session was lost, which do not ask yet. */
    @Override
    public void onStatus(Session session, StatusDecoder message) {
        counters.add(Kind.STRAY_MESSAGES, 1);
    }

    /** The peer answers further RESERVEs with REJECT itself. */
    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        counters.add(Kind.PEERS_DRAINING, 1);
    }

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        counters.add(Kind.ABORTS_ANSWERED, 1);
    }

    // ---- Events of the data agents

    private OutboundHandoff sending(long handle) {
        OutboundHandoff handoff = byHandle.get(handle);
        if (handoff == null) {
            counters.add(Kind.STRAY_EVENTS, 1);
        }
        return handoff;
    }

    @Override
    public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            handoff.onCellDone(cell, lengthBytes, crc, lane, seq);
        }
    }

    @Override
    public void onLaneDone(long handle, int lane, int round, int lastSeq) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            handoff.onLaneDone(lane, round, lastSeq);
        }
    }

    @Override
    public void onStopped(long handle, int failedCompletions) {
        OutboundHandoff handoff = sending(handle);
        if (handoff != null) {
            handoff.onStopped(failedCompletions);
        }
    }

    /** A lane that broke takes its session along: nothing says what of it had landed. */
    @Override
    public void onLaneLost(long sessionId, int lane, String why) {
        counters.add(Kind.LANES_LOST, 1);
        for (Session session : new ArrayList<>(sessions.keySet())) {
            if (session.id() == sessionId && session.isOpen()) {
                session.close(EndReason.PEER_LOST);
            }
        }
    }

    /** One wheel for all timers; and the tables, as handoffs see them. */
    private final class Wakeups implements OutboundContext.Keeper, DeadlineTimerWheel.TimerHandler {
        private final DeadlineTimerWheel wheel;
        private final Long2ObjectHashMap<OutboundHandoff> byTimer = new Long2ObjectHashMap<>();

        Wakeups(long startNs) {
            wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, startNs, TICK_NS, TICKS_PER_WHEEL);
        }

        int poll(long timeNs) {
            if (wheel.timerCount() == 0) {
                wheel.currentTickTime(timeNs);
                return 0;
            }
            int expired = 0;
            for (int i = 0; i < TICKS_PER_CYCLE_MAX && wheel.currentTickTime() - timeNs <= 0; i++) {
                expired += wheel.poll(timeNs, this, Integer.MAX_VALUE);
            }
            return expired;
        }

        @Override
        public boolean onTimerExpiry(TimeUnit timeUnit, long now, long timerId) {
            OutboundHandoff handoff = byTimer.remove(timerId);
            if (handoff != null) {
                handoff.timerId = DeadlineTimerWheel.NULL_DEADLINE;
                handoff.onTimer(now);
            }
            return true;
        }

        @Override
        public void wakeAt(OutboundHandoff handoff, long timeNs) {
            if (handoff.timerId != DeadlineTimerWheel.NULL_DEADLINE) {
                wheel.cancelTimer(handoff.timerId);
                byTimer.remove(handoff.timerId);
                handoff.timerId = DeadlineTimerWheel.NULL_DEADLINE;
            }
            if (timeNs != OutboundHandoff.NEVER) {
                handoff.timerId = wheel.scheduleTimer(timeNs);
                byTimer.put(handoff.timerId, handoff);
            }
        }

        @Override
        public void flushLater(OutboundHandoff handoff) {
            if (!handoff.isFlushDue) {
                handoff.isFlushDue = true;
                toFlush.add(handoff);
            }
        }

        @Override
        public void remove(OutboundHandoff handoff) {
            byHandle.remove(handoff.board().handle());
            byId.remove(handoff.board().spec().id());
        }
    }
}
