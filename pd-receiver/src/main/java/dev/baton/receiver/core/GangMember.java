package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPool;
import dev.baton.kv.ShardedLayout;
import dev.baton.platform.Canary;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.SenderProxy;

/**
 * A receiver process that allocates nothing: it lends its slabs to the leader of its gang, tells an address only in
 * answer to BIND, does what the leader orders and tells what its data agents tell. When the leader is lost it fences
 * all sessions, and lends again once nobody can write to its memory any more. Pure; control agent's thread.
 */
public final class GangMember implements LandingEvents, SessionListener {
    private final SlabPool pool;
    private final LandingZone zone;
    private final DecodeEvents engine;
    private final Consumer<String> log;
    private final ReceiverCounters counters = new ReceiverCounters();
    private final FenceEvidence evidence;
    private final MemberShares shares;
    private final List<Session> sessions = new ArrayList<>();
    private final MemberBinding binds;
    private final MemberReports reports;
    private final Consumer<Fenced> onProof = this::tellIfFenced;
    private final MemberLending lending;
    private boolean hasEngine;
    private boolean isGoing;
    private long nowNs;

    private GangMember(SlabPool pool, LandingZone zone, MemberShares shares, SenderProxy senders, GangProxy proxy,
        DecodeEvents engine, LongSupplier random, Consumer<String> log) {
        this.pool = pool;
        this.zone = zone;
        this.shares = shares;
        this.engine = engine;
        this.log = log;
        evidence = new FenceEvidence(zone.fence(), new FenceCounters());
        reports = new MemberReports(proxy);
        lending = new MemberLending(pool, zone, shares, proxy, reports, log);
        binds = new MemberBinding(zone, evidence, senders, random, counters, reports);
    }

    /**
     * A member that has yet to find its leader.
     *
     * @param shards    those whose memory is in {@code pool}
     * @param sharesMax most reservations at a time
     * @param random    64 bits at a time that a peer cannot guess, for tokens
     * @param log       hears when the leader comes, goes or makes no sense
     */
    public static GangMember of(ShardedLayout layout, SlabPool pool, ShardRange shards, LandingZone zone, int sharesMax,
        SenderProxy senders, GangProxy proxy, DecodeEvents engine, LongSupplier random, Consumer<String> log) {
        return new GangMember(pool, zone, new MemberShares(layout, pool.plan(), shards, zone.laneCount(), sharesMax),
            senders, proxy, engine, random, log);
    }

    public ReceiverCounters counters() {
        return counters;
    }

    public boolean isLent() {
        return lending.isLent();
    }

    public int shareCount() {
        return shares.count();
    }

    /** Time for everything until the next call. Returns a work count. */
    public int doWork(long now) {
        nowNs = now;
        evidence.lookForDead(now);
        int workCount = evidence.poll(now, onProof);
        binds.expire(now);
        binds.askAgain(now);
        lending.poll(now, hasEngine);
        return workCount + reports.flush();
    }

    /** An engine is there to read what lands here, or goes; without one nothing is lent, and the leader shows its own nothing. */
    public void engineAttached(boolean isAttached) {
        onEngine(isAttached, isAttached ? GangProxy.ENGINE_HERE : GangProxy.ENGINE_GONE);
    }

    /** Its process is gone: what is on its way to it ends too. */
    public void engineLost() {
        onEngine(false, GangProxy.ENGINE_LOST);
    }

    private void onEngine(boolean isAttached, int word) {
        hasEngine = isAttached;
        reports.add(word, 0, 0, 0, 0, 0);
        for (MemberShare share : shares.all()) {
            if (!isAttached) {
                decline(share.reservation().counter());
            }
        }
    }

    /** It was shown to an engine that is gone, and nobody reads it any more. */
    public void decline(long handle) {
        MemberShare share = shares.find(handle);
        if (share != null && share.isReading()) {
            share.left();
            release(handle);
        }
    }

    /** The engine here has read its shards of it. False if it was not given them. */
    public boolean release(long handle) {
        MemberShare share = shares.find(handle);
        if (share == null || !share.isReading()) {
            return false;
        }
        share.reading(false);
        if (!isLent()) {
            close(share);   // the leader that granted it is gone
        } else {
            reports.add(GangProxy.RELEASED, handle, 0, 0, 0, 0);
        }
        return true;
    }

    /** Nothing new; what is under way goes on. */
    public void drain() {
        lending.drain();
    }

    /** The process goes: the engine here hears of what it will not get, also of what a leader grants that has yet to hear so. */
    public void shutdown() {
        drain();
        isGoing = true;
        shares.all().forEach(this::tellGoing);
    }

    private void tellGoing(MemberShare share) {
        if (!share.isReading() && share.tellEndOnce()) {
            engine.onEnded(share.handoff(), EndReason.SHUTDOWN, "");
        }
    }

    // ---- Sessions

    @Override
    public void onSessionOpened(Session session) {
        evidence.onSessionOpened(session);
        if (session.isDialled() && session.peer().hasRole(Role.DECODE)) {
            lending.leaderCame(session, nowNs);
            return;
        }
        sessions.add(session);
        zone.openSession(session.id(), session.laneTokenHigh(), session.laneTokenLow());
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        if (isLeader(session)) {
            evidence.onSessionClosed(session);
            leaderLost(reason);
            return;
        }
        sessions.remove(session);
        zone.closeSession(session.id());
        binds.onSessionClosed(session);
        reports.partsLost(shares, session.id());
        evidence.onSessionClosed(session);
    }

    /** Its grants are void: no sender may write here any more, and no new leader is lent what one still could. */
    private void leaderLost(EndReason reason) {
        lending.leaderGone(reason);
        binds.refuseAll();
        for (MemberShare share : shares.all()) {
            if (share.isReading()) {
                continue;
            }
            if (share.tellEndOnce()) {
                engine.onEnded(share.handoff(), EndReason.LEADER_LOST, "");
            }
            revoke(share);
        }
        for (Session sender : List.copyOf(sessions)) {
            sender.close(EndReason.LEADER_LOST);
        }
    }

    // ---- The leader

    boolean isLeader(Session session) {
        return lending.isLeader(session);
    }

    /** Its own log says why; asked again after a while, for another process's time may be over by then. */
    void onReturn() {
        lending.onReturn(nowNs);
    }

    MemberShares shares() {
        return shares;
    }

    void onOpen(Session session, GangOpenDecoder message) {
        MemberShare share = isLent() ? shares.open(message, nowNs) : null;
        if (share == null || share.reservation().incarnation() != session.peer().incarnation()) {
            broken(session, isLent() ? shares.whyNot() : "opened before it was lent");
            return;
        }
        counters.granted();
        zone.open(share.slot(), share.reservation().counter(), share.generation(), share.map(), share.runs(), share.sources());
        binds.onOpen(share);
        if (isGoing) {
            tellGoing(share);
        }
    }

    /** One order. False if it cannot be. */
    boolean onOrder(int kind, long reservation, int a, int b, int c, int d) {
        MemberShare share = shares.find(reservation);
        if (share == null) {
            return true;
        }
        if (!share.has(kind, a, b)) {
            return false;
        }
        switch (kind) {
            case GangProxy.LINE -> zone.line(reservation, a, share.laneOf(zone, b), b, c, d, share.part(a).isOneSided());
            case GangProxy.SEAL -> zone.seal(reservation);
            case GangProxy.REOPEN -> zone.reopen(reservation, share.laneOf(zone, a), a);
            case GangProxy.REVOKE -> revoke(share);
            case GangProxy.CLOSE -> close(share);
            case GangProxy.TAKEN -> taken(share, a);
            case GangProxy.CANCELLED -> share.cancelled(engine);
            case GangProxy.RECHECK -> zone.recheck(share.slot(), reservation, a);
            case GangProxy.DRAINED -> {
                if (!share.part(a).isByCard()) {
                    share.part(a).drained(0);   // a card's last marks are read here, and its sender says here which those are
                }
                tellIfFenced(share);
            }
            case GangProxy.ENDED -> {
                share.endReason(EndReason.of(a));
                if (share.tellEndOnce() && (hasEngine || !Canary.MEMBER_END_UNTOLD.isActive())) {
                    engine.onEnded(share.handoff(), EndReason.of(a), "");
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What it says is not what it can mean: without it nothing is granted here. */
    void broken(Session session, String detail) {
        counters.protocolError();
        log.accept("the leader makes no sense: nodeId=" + session.peer().nodeId() + " " + detail);
        session.close(EndReason.PROTOCOL);
    }

    private void taken(MemberShare share, int computedTokens) {
        long handle = share.reservation().counter();
        counters.readyOne(0);
        share.reading(true);
        if (!hasEngine) {
            release(handle);
        } else if (share.tellEndOnce()) {
            engine.onReady(share.ready(pool, computedTokens, nowNs));
        }
    }

    private void revoke(MemberShare share) {
        if (!share.isRevoked()) {
            binds.revoking(share, nowNs);
            share.revoked(zone.laneCount());
            evidence.await(share);
            zone.revoke(share.reservation().counter());
        }
        tellIfFenced(share);
    }

    private void tellIfFenced(Fenced fenced) {
        MemberShare share = (MemberShare) fenced;
        if (!share.isRevoked() || !(evidence.isProved(share) || Canary.MEMBER_NOT_AWAITED.isActive())) {
            return;
        }
        if (!isLent()) {
            close(share);
        } else if (share.tellRevokedOnce()) {
            reports.add(GangProxy.REVOKED, share.reservation().counter(), 0, 0, 0, 0);
        }
    }

    private void close(MemberShare share) {
        binds.closed(share);
        zone.close(share.slot(), share.reservation().counter());
        evidence.closed(share);
        shares.remove(share);
    }

    // ---- Senders

    /** The one question of a sender that a member answers: where its part goes. */
    public void onBind(Session session, BindDecoder message) {
        binds.onBind(session, message, shares.find(message.reservation().counter()),
            lending.isOf(message.reservation().incarnation()), nowNs);
    }

    /** Its own word, that nothing more is written here. */
    public void onDrained(Session session, DrainedDecoder message) {
        MemberShare share = shares.find(message.reservation().counter());
        if (binds.onDrained(session, message, share)) {
            tellIfFenced(share);
        }
    }

    // ---- What data agents tell

    @Override
    public void onCellVerified(long reservation, int cell, int lengthBytes) {
        reports.add(GangProxy.VERIFIED, reservation, cell, lengthBytes, 0, 0);
    }

    @Override
    public void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded) {
        reports.add(GangProxy.CORRUPT, reservation, cell, crcSent, crcLanded, 0);
    }

    @Override
    public void onCellMissing(long reservation, int cell, int missingCount) {
        reports.add(GangProxy.MISSING, reservation, cell, missingCount, 0, 0);
    }

    @Override
    public void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
        reports.add(GangProxy.MARK, reservation, part, round, lane << 1 | (isLast ? 1 : 0), seq);
        MemberShare share = shares.find(reservation);
        if (share != null && part < share.partCount()) {
            share.part(part).markRead(lane, seq);
            tellIfFenced(share);
        }
    }

    @Override
    public void onRevoked(long reservation, int lane) {
        MemberShare share = shares.find(reservation);
        if (share != null) {
            share.revokedOne();
            tellIfFenced(share);
        }
    }

    @Override
    public void onRechecked(long reservation, int lane, int endBlock) {
        reports.add(GangProxy.RECHECKED, reservation, lane, endBlock, 0, 0);
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        reports.partsLost(shares, sessionId);
    }
}
