package dev.baton.receiver;

import dev.baton.kv.KvLayout;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.ReserveEncoder;

/** What a RESERVE asks; the test changes what it is about. */
final class Ask {
    long tenant = 9;
    long tokens = 2 * ReceiverRig.BLOCK_TOKENS;
    long growthTokens;
    long haveTokens;
    long deadlineMs = 120_000;
    long startWithinMs = 60_000;
    long blockTokens = ReceiverRig.BLOCK_TOKENS;
    long fingerprint = ReceiverRig.LAYOUT.layout().fingerprint();
    int[] parts = {0};
    long[] incarnations = {};
    int[] shards = {};
    int dpRank = -1;
    Order order = Order.DESTINATION_FIRST;
    byte[] layout = {};
    long[] keys = {};

    /** Sends it, on that session and as that incarnation's where the ask names no others. */
    void put(ReceiverProxy proxy, Session session, long correlation, long request, long asker) {
        ReserveEncoder message = proxy.reserveBegin(session, correlation, new HandoffId(tenant, 1, request, 0));
        message.order(order).layoutFingerprint(fingerprint).planVersion(KvLayout.PLAN_VERSION).tokens(tokens)
            .growthTokens(growthTokens).haveTokens(haveTokens).blockTokens(blockTokens).priority((short) 0)
            .deadlineMs(deadlineMs).startWithinMs(startWithinMs).dpRank((short) dpRank).prefillEstimateMs(0);
        ReserveEncoder.PartsEncoder told = message.partsCount(parts.length);
        for (int i = 0; i < parts.length; i++) {
            long incarnation = i < incarnations.length ? incarnations[i] : asker;
            told.next().part(parts[i]).incarnation(incarnation).sourceShard(i < shards.length ? shards[i] : 0).bytes(0);
        }
        ReserveEncoder.BlockKeysEncoder names = message.blockKeysCount(keys.length);
        for (long key : keys) {
            names.next().key().a(0).b(0).c(0).d(key);
        }
        message.tenantName("");
        message.putLayout(layout, 0, layout.length);
        proxy.reserveEnd();
    }
}
