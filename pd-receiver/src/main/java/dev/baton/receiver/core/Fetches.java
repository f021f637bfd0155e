package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.SenderProxy;

/**
 * Prefixes that this node fetches from others: WANT with their names, then a handoff as any other, but that it is taken
 * and let go at once, and stays as cache. It stands between the core and the engine, which hears of a fetch its one end
 * and nothing else. Bounded in number and time. Pure; control agent's thread.
 */
public final class Fetches implements DecodeEvents {
    static final int COUNT_MAX = 64;
    static final int OF_NODE_MAX = 8;
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(3);

    /** Gives up what is live of a handoff. */
    interface Cancelling {
        void cancel(HandoffId id, EndReason reason, long nowNs);

        /** Whether a reservation of it is alive. */
        boolean isLive(HandoffId id);

        /** Whether there was one, and its end is remembered. */
        boolean hasEnded(HandoffId id);
    }

    /** Takes what is ready, and lets it go. */
    interface Taking {
        void takeAndRelease(long handle);
    }

    private static final class Fetch {
        final FetchAsk ask;
        final Consumer<FetchEnd> asker;
        final Session session;
        final int heldTokens;
        final long endNs;
        long askAgainNs;
        boolean isAnswered;

        Fetch(FetchAsk ask, Consumer<FetchEnd> asker, Session session, int heldTokens, long endNs) {
            this.ask = ask;
            this.asker = asker;
            this.session = session;
            this.heldTokens = heldTokens;
            this.endNs = endNs;
        }
    }

    private final DecodeEvents engine;
    private final SenderProxy proxy;
    private final BlockCache cache;
    private final int blockTokens;
    private final int shardCount;
    private final Gang gang;
    private final ReceiverCounters counters;
    private final Map<HandoffId, Fetch> fetches = new LinkedHashMap<>();
    private final Map<String, Session> holders = new LinkedHashMap<>();
    private Cancelling live;
    private Taking taking;
    private boolean isDraining;
    private long nowNs;

    Fetches(DecodeEvents engine, SenderProxy proxy, BlockCache cache, ShardedLayout local, Gang gang, ReceiverCounters counters) {
        this.engine = engine;
        this.proxy = proxy;
        this.cache = cache;
        this.gang = gang;
        blockTokens = local.layout().blockTokens();
        shardCount = local.sharding().count();
        this.counters = counters;
    }

    /** Before the first fetch. */
    void core(Cancelling cancelling, Taking takingThem) {
        live = cancelling;
        taking = takingThem;
    }

    /** Asks that node, unless everything lies here already. The decode engine hears of it. */
    public void ask(FetchAsk ask) {
        ask(ask, engine::onFetched);
    }

    /** The same for the node's prefill engine, which hears of it instead. */
    void ask(FetchAsk ask, Consumer<FetchEnd> asker) {
        HandoffId id = ask.handoff();
        Session session = holders.get(ask.nodeId());
        int heldTokens = cache.find(id.tenant(), ask.keys(), 0, ask.keys().size()).count() * blockTokens;
        if (fetches.containsKey(id) || live.isLive(id)) {
            tell(asker, new FetchEnd.Failed(id, EndReason.REJECTED, "this attempt is under way already"));
        } else if (live.hasEnded(id)) {
            tell(asker, new FetchEnd.Failed(id, EndReason.REJECTED, "this attempt has ended; use attempt + 1"));
        } else if (heldTokens == ask.keys().size() * blockTokens) {
            tell(asker, new FetchEnd.Held(id, heldTokens));
        } else if (isDraining || fetches.size() >= COUNT_MAX || countOf(ask.nodeId()) >= OF_NODE_MAX) {
            tell(asker, new FetchEnd.Failed(id, isDraining ? EndReason.SHUTDOWN : EndReason.OVERLOADED,
                isDraining ? "this node is going down" : "fetches under way: all=" + fetches.size() + " of that node=" + countOf(ask.nodeId())));
        } else if (!gang.hasAll(shardCount)) {
            tell(asker, new FetchEnd.Failed(id, EndReason.NOT_ALLOWED, "some shards lie in other processes of this gang"));
        } else if (session == null) {
            tell(asker, new FetchEnd.NotHere(id, EndReason.PEER_LOST));
        } else if (!((PeerLayout) session.receiverState()).isUsable()) {
            tell(asker, new FetchEnd.NotHere(id, EndReason.LAYOUT_MISMATCH));
        } else {
            Fetch fetch = new Fetch(ask, asker, session, heldTokens, nowNs + TimeUnit.MILLISECONDS.toNanos(ask.deadlineMs()));
            fetches.put(id, fetch);
            counters.fetchBegun();
            want(fetch);
        }
    }

    private int countOf(String nodeId) {
        int count = 0;
        for (Fetch fetch : fetches.values()) {
            count += fetch.ask.nodeId().equals(nodeId) ? 1 : 0;
        }
        return count;
    }

    private void want(Fetch fetch) {
        fetch.askAgainNs = nowNs + ASK_AGAIN_NS;
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(fetch.endNs - nowNs));
        proxy.wantBegin(fetch.session, 0, fetch.ask.handoff(), fetch.heldTokens, (int) leftMs, -1);
        for (BlockKey key : fetch.ask.keys()) {
            proxy.wantKey(key.first(), key.second(), key.third(), key.fourth());
        }
        proxy.wantEnd();
    }

    /**
     * Whether a RESERVE may go on: one for a fetch only from the node that was asked, and of no more than was asked; an
     * ordinary one only under another id. Empty, or why not.
     */
    String whyNot(Session session, HandoffId id, Order order) {
        Fetch fetch = fetches.get(id);
        if (order == Order.FETCHED) {
            return fetch != null && fetch.session.equals(session) ? "" : "nobody here asked this node for it";
        }
        return fetch == null ? "" : "this id is a fetch's of this node: handoff=" + id;
    }

    /** Whether it is fetched by this node, and no engine's to take. */
    boolean isAsked(HandoffId id) {
        return fetches.containsKey(id);
    }

    /** The same, once it is read. */
    String whyNot(HandoffId id, List<BlockKey> keys, int tokens) {
        Fetch fetch = fetches.get(id);
        if (fetch == null) {
            return "";
        }
        List<BlockKey> asked = fetch.ask.keys();
        boolean isAsked = keys.size() * (long) blockTokens == tokens && keys.size() <= asked.size()
            && keys.equals(asked.subList(0, keys.size()));
        return isAsked ? "" : "not the blocks that were asked for: keys=" + keys.size() + " tokens=" + tokens;
    }

    /** Whether it was a fetch that was answered. */
    public boolean onWantAck(Session session, HandoffId id) {
        Fetch fetch = ofSession(session, id);
        if (fetch != null) {
            fetch.isAnswered = true;
        }
        return fetch != null;
    }

    /** Whether it was a fetch that was refused. */
    public boolean onNotHere(Session session, HandoffId id, EndReason reason) {
        Fetch fetch = ofSession(session, id);
        if (fetch != null && !live.isLive(id)) {
            end(new FetchEnd.NotHere(id, reason));
        }
        return fetch != null;
    }

    private Fetch ofSession(Session session, HandoffId id) {
        Fetch fetch = fetches.get(id);
        return fetch != null && fetch.session.equals(session) ? fetch : null;
    }

    /** No longer wanted here: gives up what is live of it, and tells the node that was asked. */
    void cancel(HandoffId id, EndReason reason) {
        Fetch fetch = fetches.get(id);
        if (fetch == null) {
            return;
        }
        live.cancel(id, reason, nowNs);   // which ends it, if its memory was asked for already
        if (fetches.containsKey(id)) {
            if (fetch.session.isOpen()) {
                proxy.cancel(fetch.session, 0, id, reason);
            }
            end(new FetchEnd.Failed(id, reason, "before the node that was asked came for memory"));
        }
    }

    /** The node that was asked gives it up. */
    void onCancel(Session session, HandoffId id) {
        if (ofSession(session, id) != null) {
            ended(id, EndReason.CANCELLED, "by the node that was asked");
        }
    }

    /** Refused for good, or given up by the node that was asked, before memory was held for it. */
    void ended(HandoffId id, EndReason reason, String detail) {
        if (fetches.containsKey(id) && !live.isLive(id)) {
            end(new FetchEnd.Failed(id, reason, detail));
        }
    }

    /** Each cycle. */
    void poll(long now) {
        nowNs = now;
        if (fetches.isEmpty()) {
            return;
        }
        for (Fetch fetch : new ArrayList<>(fetches.values())) {
            if (fetch.endNs - nowNs <= 0) {
                cancel(fetch.ask.handoff(), EndReason.DEADLINE);
            } else if (!fetch.isAnswered && fetch.askAgainNs - nowNs <= 0) {
                want(fetch);
            }
        }
    }

    void sessionOpened(Session session) {
        if (session.peer().hasRole(Role.PREFILL)) {
            holders.put(session.peer().nodeId(), session);
        }
    }

    /** What its node had not come with ends; the rest ends as its handoff does. */
    void sessionClosed(Session session) {
        holders.remove(session.peer().nodeId(), session);
        for (Fetch fetch : new ArrayList<>(fetches.values())) {
            if (fetch.session.equals(session)) {
                ended(fetch.ask.handoff(), EndReason.SESSION_LOST, "the node that was asked is not to be reached: node=" + fetch.ask.nodeId());
            }
        }
    }

    /** Nothing new is fetched; what was not come with yet ends. */
    void drain() {
        isDraining = true;
        for (Fetch fetch : new ArrayList<>(fetches.values())) {
            if (!live.isLive(fetch.ask.handoff())) {
                cancel(fetch.ask.handoff(), EndReason.SHUTDOWN);
            }
        }
    }

    private void end(FetchEnd end) {
        tell(fetches.remove(end.handoff()).asker, end);
    }

    private void tell(Consumer<FetchEnd> asker, FetchEnd end) {
        counters.fetchEnded(end);
        asker.accept(end);
    }

    /** Nobody takes a fetched prefix: it is cache from here on. */
    @Override
    public void onReady(ReadyHandoff handoff) {
        if (fetches.containsKey(handoff.handoffId())) {
            int tokens = handoff.map().tokens();
            taking.takeAndRelease(handoff.handle());
            end(new FetchEnd.Landed(handoff.handoffId(), tokens));
        } else {
            engine.onReady(handoff);
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        if (fetches.containsKey(handoff)) {
            end(new FetchEnd.Failed(handoff, reason, detail));
        } else {
            engine.onEnded(handoff, reason, detail);
        }
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        engine.onNotHere(handoff, reason);
    }

    @Override
    public void onReserved(HandoffId handoff) {
        engine.onReserved(handoff);
    }

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {
        engine.onRefused(handoff, reason, retryAfterMs, detail);
    }

    @Override
    public void onWritable(WritableBlocks blocks) {
        engine.onWritable(blocks);
    }

    @Override
    public void onNotWritable(WriteAsk ask, WriteRefusal reason) {
        engine.onNotWritable(ask, reason);
    }

    @Override
    public void onPassageNamed(PassageAsk ask, int blockCount) {
        engine.onPassageNamed(ask, blockCount);
    }

    @Override
    public void onPassage(PassageBlocks blocks) {
        engine.onPassage(blocks);
    }

    @Override
    public void onPrefetched(PrefetchAsk ask, int blocksHere) {
        engine.onPrefetched(ask, blocksHere);
    }

    @Override
    public void onWritten(long handle, int blockCount) {
        engine.onWritten(handle, blockCount);
    }

    @Override
    public void onFetched(FetchEnd end) {
        engine.onFetched(end);
    }

    @Override
    public void onCancelled(HandoffId handoff) {
        engine.onCancelled(handoff);
    }

    @Override
    public void onReleaseLate(HandoffId handoff) {
        engine.onReleaseLate(handoff);
    }
}
