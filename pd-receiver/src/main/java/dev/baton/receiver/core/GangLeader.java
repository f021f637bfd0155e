package dev.baton.receiver.core;

import java.util.function.Consumer;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.SlabPlan;
import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.WriterFence;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Lanes;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.LendDecoder;

/**
 * The data agents of a whole gang: those here, and over control links those of the members that have lent their slabs.
 * The core above allocates from all of it in one step, and neither knows nor cares where a shard lies. A lane of the
 * handoff is a lane of one process; theirs follow each other in the order of their shards. Pure; control agent's.
 */
public final class GangLeader implements LandingZone, LandingEvents, Gang, SessionListener {
    private final LandingZone here;
    private final SlabPlan plan;
    private final GangProxy proxy;
    private final Consumer<String> log;
    private final GangOpening opening;
    private final GangRoster roster;
    private final MemberWords words;
    private final MemberEngines engines;
    private final Long2ObjectHashMap<GangShare> shares = new Long2ObjectHashMap<>();
    private LandingEvents core;
    private Listener listener;

    /**
     * @param here data agents of this process
     * @param own  the shards whose memory is here
     * @param plan slabs of all shards, the members' too
     * @param log  hears of members that come, go and are turned away
     */
    public GangLeader(LandingZone here, ShardRange own, SlabPlan plan, GangProxy proxy, Consumer<String> log) {
        this.here = here;
        this.plan = plan;
        this.proxy = proxy;
        this.log = log;
        opening = new GangOpening(proxy);
        roster = new GangRoster(own, plan.shardCount());
        words = new MemberWords(shares, roster, here.laneCount());
        engines = new MemberEngines(roster, log);
    }

    /** Who hears what all data agents tell; before the first cycle. */
    public void core(LandingEvents value) {
        core = value;
        words.core(value);
    }

    /** End of a cycle: what was ordered is said. Returns a work count. */
    public int flush() {
        int workCount = 0;
        for (GangSeat member : roster.members()) {
            workCount += member.flush(proxy);
        }
        return workCount;
    }

    public int memberCount() {
        return roster.members().size();
    }

    GangRoster roster() {
        return roster;
    }

    // ---- Gang

    @Override
    public void listener(Listener value) {
        listener = value;
        engines.listener(value);
    }

    @Override
    public String missing() {
        return Canary.GRANTED_WITHOUT_MEMBER.isActive() ? "" : roster.missing();
    }

    @Override
    public String withoutEngine() {
        return roster.withoutEngine();
    }

    @Override
    public boolean isOwn(int shard) {
        return roster.isOwn(shard);
    }

    @Override
    public boolean isRevealedAtGrant() {
        return !roster.members().isEmpty();
    }

    @Override
    public void opening(HandoffId handoff, long tokenHigh, long tokenLow, long[] incarnations) {
        opening.of(handoff, tokenHigh, tokenLow, incarnations);
    }

    @Override
    public void drained(long reservation, int part) {
        order(reservation, GangProxy.DRAINED, part);
    }

    @Override
    public void ended(long reservation, EndReason reason) {
        order(reservation, GangProxy.ENDED, reason.code());
    }

    @Override
    public void taken(long reservation, int computedTokens, NamedBlocks blocks) {
        GangShare share = shares.get(reservation);
        if (share != null) {
            share.reading.addAll(share.told);
            share.told.forEach(member -> opening.tellBlocks(member, reservation, blocks));
            order(reservation, GangProxy.TAKEN, computedTokens);
        }
    }

    @Override
    public void cancelled(long reservation) {
        order(reservation, GangProxy.CANCELLED, 0);
    }

    @Override
    public boolean isReadElsewhere(long reservation) {
        GangShare share = shares.get(reservation);
        return share != null && !share.reading.isEmpty();
    }

    @Override
    public boolean isWhole(long reservation) {
        GangShare share = shares.get(reservation);
        return share != null && !share.isBroken;
    }

    // ---- LandingZone

    /** Of all processes that are there. */
    @Override
    public int laneCount() {
        return here.laneCount() * (roster.members().size() + 1);
    }

    @Override
    public int ownLaneCount() {
        return here.laneCount();
    }

    @Override
    public int ownLane(int lane) {
        return lane / here.laneCount() == roster.ownIndex() ? lane % here.laneCount() : -1;
    }

    @Override
    public int laneOf(int targetShard, int block) {
        return roster.indexOf(targetShard) * here.laneCount() + Lanes.laneOf(targetShard, block, here.laneCount());
    }

    @Override
    public Gang gang() {
        return this;
    }

    @Override
    public boolean hasRoom() {
        return here.hasRoom();
    }

    @Override
    public WriterFence fence() {
        return here.fence();
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        here.openSession(sessionId, tokenHigh, tokenLow);
    }

    @Override
    public void closeSession(long sessionId) {
        here.closeSession(sessionId);
    }

    @Override
    public void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        here.open(slot, reservation, generation, map, runs, parts);
        shares.put(reservation, new GangShare(map, roster.members()));
        for (GangSeat member : roster.members()) {
            member.flush(proxy);
            opening.tell(member, reservation, generation, map, runs, parts);
        }
    }

    /** Here alone: a member hears of a part from its own sender. */
    @Override
    public void bind(long reservation, int part, long sessionId, long token) {
        here.bind(reservation, part, sessionId, token);
    }

    @Override
    public void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean isOneSided) {
        int index = lane / here.laneCount();
        if (index == roster.ownIndex()) {
            here.line(reservation, part, lane % here.laneCount(), cell, crc, seq, isOneSided);
        } else {
            roster.memberAt(index).order(proxy, GangProxy.LINE, reservation, part, cell, crc,
                seq);
        }
    }

    @Override
    public void seal(long reservation) {
        here.seal(reservation);
        order(reservation, GangProxy.SEAL, 0);
    }

    @Override
    public void reopen(long reservation, int lane, int cell) {
        int index = lane / here.laneCount();
        if (index == roster.ownIndex()) {
            here.reopen(reservation, lane % here.laneCount(), cell);
        } else {
            roster.memberAt(index).order(proxy, GangProxy.REOPEN, reservation, cell, 0, 0, 0);
        }
    }

    @Override
    public void revoke(long reservation) {
        here.revoke(reservation);
        GangShare share = shares.get(reservation);
        if (share != null) {
            share.revoking.addAll(share.told);
            order(reservation, GangProxy.REVOKE, 0);
        }
    }

    @Override
    public void recheck(int slot, long reservation, int endBlock) {
        here.recheck(slot, reservation, endBlock);
        order(reservation, GangProxy.RECHECK, endBlock);
    }

    @Override
    public void close(int slot, long reservation) {
        here.close(slot, reservation);
        order(reservation, GangProxy.CLOSE, 0);
        shares.remove(reservation);
    }

    private void order(long reservation, int kind, int a) {
        GangShare share = shares.get(reservation);
        for (int i = 0; share != null && i < share.told.size(); i++) {
            share.told.get(i).order(proxy, kind, reservation, a, 0, 0, 0);
        }
    }

    // ---- What data agents here tell

    @Override
    public void onCellVerified(long reservation, int cell, int lengthBytes) {
        core.onCellVerified(reservation, cell, lengthBytes);
    }

    @Override
    public void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded) {
        core.onCellCorrupt(reservation, cell, crcSent, crcLanded);
    }

    @Override
    public void onCellMissing(long reservation, int cell, int missingCount) {
        core.onCellMissing(reservation, cell, missingCount);
    }

    @Override
    public void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
        core.onMark(reservation, part, round, roster.ownIndex() * here.laneCount() + lane, seq, isLast);
    }

    @Override
    public void onRevoked(long reservation, int lane) {
        core.onRevoked(reservation, lane);
    }

    @Override
    public void onRechecked(long reservation, int lane, int endBlock) {
        core.onRechecked(reservation, lane, endBlock);
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        core.onLaneClosed(sessionId, lane);
    }

    // ---- What members tell

    /** What members' data agents tell. */
    MemberWords words() {
        return words;
    }

    /** What members tell of their engines. */
    MemberEngines engines() {
        return engines;
    }

    // ---- Who is there

    /** A member's slabs are free and nobody writes to them: they are this leader's to allocate. */
    void onLend(Session session, LendDecoder message) {
        String whyNot = GangFit.whyNot(session.peer(), message, plan, here.laneCount());
        ShardRange shards = whyNot.isEmpty() ? GangFit.shards(message.sbeRewind()) : null;
        for (int shard = 0; shards != null && whyNot.isEmpty() && shard < plan.shardCount(); shard++) {
            whyNot = shards.has(shard) && roster.indexOf(shard) >= 0 ? "another process has shard=" + shard : "";
        }
        if (whyNot.isEmpty() && laneCount() + here.laneCount() > WireMaxima.LANES_MAX) {
            whyNot = "too many lanes in all: lanes=" + (laneCount() + here.laneCount()) + " of " + WireMaxima.LANES_MAX;
        }
        if (!whyNot.isEmpty()) {
            log.accept("a member was turned away: nodeId=" + session.peer().nodeId() + " " + whyNot);
            proxy.returned(session);
            return;
        }
        roster.add(new GangSeat(session, shards));
        log.accept("a member has lent its slabs: nodeId=" + session.peer().nodeId() + " shards=" + shards +
            (missing().isEmpty() ? "" : "; " + missing()));
    }

    /** It goes down in order: nothing new is granted, what is under way goes on. */
    void onReturn(Session session) {
        GangSeat member = roster.memberOrNull(session);
        if (member != null && !member.isLeaving()) {
            member.leaving();
            roster.seat();
            listener.onMemberLeaves(missing());
        }
    }

    @Override
    public void onSessionOpened(Session session) {}

    /** Nothing more is awaited of it: its memory comes back by LEND alone, once it is quiet. */
    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        GangSeat member = roster.memberOrNull(session);
        if (member == null) {
            return;
        }
        roster.remove(member);
        String detail = "a member of the gang is gone: member=" + session.peer().nodeId() + " shards=" +
            member.shards() + " reason=" + reason.tag();
        log.accept(detail);
        words.lost(member);
        listener.onMemberLost(detail);
    }
}
