package dev.baton.receiver.core;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.baton.buffer.slab.SlabPool;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangProxy;

/** To whom a member lends its slabs: to the leader that is there, once nobody before it can write to them and an engine is there. Control agent's thread. */
final class MemberLending {
    private static final long LEND_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final SlabPool pool;
    private final LandingZone zone;
    private final MemberShares shares;
    private final GangProxy proxy;
    private final MemberReports reports;
    private final Consumer<String> log;
    private Session leader;
    private boolean isLent;
    private boolean isLeaving;
    private boolean hasWaited;
    private long lendNs;

    MemberLending(SlabPool pool, LandingZone zone, MemberShares shares, GangProxy proxy, MemberReports reports, Consumer<String> log) {
        this.pool = pool;
        this.zone = zone;
        this.shares = shares;
        this.proxy = proxy;
        this.reports = reports;
        this.log = log;
    }

    boolean isLent() {
        return isLent;
    }

    boolean isLeader(Session session) {
        return leader != null && session.id() == leader.id();
    }

    /** Whether it is lent to that process. */
    boolean isOf(long incarnation) {
        return isLent && incarnation == leader.peer().incarnation();
    }

    void leaderCame(Session session, long nowNs) {
        leader = session;
        lendNs = nowNs;
        hasWaited = false;
    }

    void leaderGone(EndReason reason) {
        log.accept("the leader of the gang is gone: nodeId=" + leader.peer().nodeId() + " reason=" + reason.tag() + " sharesHere=" + shares.count());
        leader = null;
        ended();
    }

    /** Nothing is lent any more; what is under way goes on. */
    void drain() {
        isLeaving = true;
        if (isLent) {
            proxy.returned(leader);
        }
    }

    /** Its own log says why; asked again after a while, for another process's time may be over by then. */
    void onReturn(long nowNs) {
        ended();
        later("the leader did not take what was lent: its log says why: nodeId=" + leader.peer().nodeId(), nowNs);
    }

    private void ended() {
        isLent = false;
        reports.end();
    }

    void poll(long nowNs, boolean hasEngine) {
        if (leader == null || isLent || isLeaving || !hasEngine || lendNs - nowNs > 0 || !shares.isEmpty()) {
            return;
        }
        String whyNot = GangFit.whyNot(leader.peer(), pool.plan(), zone.laneCount());
        if (whyNot.isEmpty()) {
            isLent = true;
            reports.lend(leader, pool);
        } else {
            later("nothing is lent to this leader: nodeId=" + leader.peer().nodeId() + " " + whyNot, nowNs);
        }
    }

    private void later(String why, long nowNs) {
        if (!hasWaited) {
            log.accept(why);
        }
        hasWaited = true;
        lendNs = nowNs + LEND_AGAIN_NS;
    }
}
