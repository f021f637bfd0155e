package dev.baton.receiver.core;

import dev.baton.buffer.slab.SlabPool;
import dev.baton.buffer.slab.SlabSpec;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.GangRecords;

/** What a member has to tell its leader, in order: of a cycle in one message, and nothing while nothing is lent. Control agent's thread. */
final class MemberReports {
    private final GangProxy proxy;
    private final GangRecords records = new GangRecords();
    /** Null while nothing is lent. */
    private Session leader;

    MemberReports(GangProxy proxy) {
        this.proxy = proxy;
    }

    /** All slabs here: what happens to them from now on is that leader's to know. */
    void lend(Session session, SlabPool pool) {
        leader = session;
        proxy.lendBegin(session, pool.slabs().size());
        pool.slabs().forEach(slab -> {
            SlabSpec spec = slab.spec();
            proxy.lendRun(spec.shard(), spec.slabId(), pool.plan().slabExtents(spec.slabId()));
        });
        proxy.lendEnd();
    }

    /** Nobody wants to know any more, not even what waits. */
    void end() {
        leader = null;
        records.clear();
    }

    void add(int kind, long reservation, int a, int b, int c, int d) {
        if (leader == null) {
            return;
        }
        if (records.isFull()) {
            flush();
        }
        records.add(kind, reservation, a, b, c, d);
    }

    /** Parts that were bound on that session come no further. */
    void partsLost(MemberShares shares, long sessionId) {
        for (MemberShare share : shares.all()) {
            for (int part = 0; part < share.partCount(); part++) {
                if (share.part(part).isBound() && share.part(part).session().id() == sessionId && !share.isReading()) {
                    add(GangProxy.PART_LOST, share.reservation().counter(), part, 0, 0, 0);
                }
            }
        }
    }

    /** Returns how many were said. */
    int flush() {
        int count = records.count();
        if (count > 0) {
            proxy.events(leader, records);
            records.clear();
        }
        return count;
    }
}
