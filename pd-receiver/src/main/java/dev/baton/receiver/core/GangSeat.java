package dev.baton.receiver.core;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.GangRecords;

/** One member, as its leader knows it: its session, what it lent, and the orders of this cycle. */
final class GangSeat {
    private final Session session;
    private final ShardRange shards;
    private final GangRecords orders = new GangRecords();
    private boolean isLeaving;
    /** Without one nothing is lent. */
    private boolean hasEngine = true;

    GangSeat(Session session, ShardRange shards) {
        this.session = session;
        this.shards = shards;
    }

    Session session() {
        return session;
    }

    ShardRange shards() {
        return shards;
    }

    void leaving() {
        isLeaving = true;
    }

    boolean isLeaving() {
        return isLeaving;
    }

    void hasEngine(boolean isThere) {
        hasEngine = isThere;
    }

    boolean hasEngine() {
        return hasEngine;
    }

    void order(GangProxy proxy, int kind, long reservation, int a, int b, int c, int d) {
        if (orders.isFull()) {
            flush(proxy);
        }
        orders.add(kind, reservation, a, b, c, d);
    }

    /** Returns how many were said. */
    int flush(GangProxy proxy) {
        int count = orders.count();
        if (count > 0) {
            proxy.orders(session, orders);
            orders.clear();
        }
        return count;
    }
}
