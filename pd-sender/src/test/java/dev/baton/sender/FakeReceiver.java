package dev.baton.sender;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.slab.ShardRange;
import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.FakeMemory.Landing;
import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.loopback.LoopbackNetwork;
import dev.baton.transport.loopback.LoopbackTransport;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.LoopbackControl;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.AbortAckDecoder;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.DrainingDecoder;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.NotHereDecoder;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.ReceiverAdapter;
import dev.baton.transport.wire.ReceiverMessageListener;
import dev.baton.transport.wire.RenewDecoder;
import dev.baton.transport.wire.ReserveDecoder;
import dev.baton.transport.wire.SenderProxy;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.WantAckDecoder;
import dev.baton.transport.wire.WireIds;

/**
 * A receiver that a test scripts: it answers RESERVE as told, and checks the conversation; {@link FakeMemory} lands what comes. It
 * gives each shard's extents in reverse, one run each, so that cells cross runs.
 */
final class FakeReceiver implements ReceiverMessageListener, SessionListener, AutoCloseable {
    static final int PORT = 2;
    static final long INCARNATION = 0x7777;

    final ControlPlane plane;
    final List<String> said = new ArrayList<>();
    final List<String> errors = new ArrayList<>();
    final FakeMemory memory;
    final Map<Long, Landing> landings;
    final List<Integer> landedOrder;
    final ArrayDeque<Integer> retriesAfterMs = new ArrayDeque<>();
    final List<Integer> nackOnce = new ArrayList<>();
    EndReason nackReason = EndReason.CORRUPT;
    final List<String> parts = new ArrayList<>();
    int boundPart = -1;
    int retryReason = 2;
    int heldTokens;
    boolean isSilent;
    boolean isRejectedForGood;
    boolean isReadyHeld;
    boolean isOutcomeHeld;
    boolean isRenewUnanswered;
    boolean isGrantHeld;
    boolean isBindSilent;
    /** Told once instead of a shard's runs: slab, first extent, how many. */
    int[] runInstead;
    HandoffState status;
    EndReason statusReason = EndReason.NONE;
    int leaseMs = 10_000;
    int lastRenewPrefilledTokens;
    long lastRenewBytes;
    long seed = 42;

    final SenderProxy proxy = new SenderProxy();
    private final ShardedLayout layout;
    private final ShardRange shardsHere;
    private final long incarnation;
    private final int extentBytes;
    private final int[] extentsUsed;
    private final List<Inlet> inlets = new ArrayList<>();
    private final Transport transport;
    private ShardPairing pairing;
    private long counter;

    /** @param shardsHere that this process has memory of */
    FakeReceiver(String nodeId, long incarnation, int port, LoopbackControl network, LoopbackNetwork lanes, MemoryLedger ledger,
        ShardedLayout layout, ShardRange shardsHere, int laneCount, int extentBytes) {
        this.shardsHere = shardsHere;
        this.incarnation = incarnation;
        this.layout = layout;
        this.extentBytes = extentBytes;
        memory = new FakeMemory(ledger, layout.sharding().count(), errors, said);
        landings = memory.landings;
        landedOrder = memory.landedOrder;
        transport = new LoopbackTransport(lanes, new TransportContext(incarnation, null, null, Copier.java(), ledger));
        List<Offer> offers = new ArrayList<>();
        for (int lane = 0; lane < laneCount; lane++) {
            inlets.add(transport.openInlet(new InletContext(lane, "r", 0, memory, 1 << 16)));
            offers.add(new Offer("loopback", inlets.get(lane).port(), 5, lane));
        }
        extentsUsed = new int[layout.sharding().count()];
        NodeIdentity identity = new NodeIdentity(nodeId, incarnation, 1, EnumSet.of(Role.DECODE), laneCount, extentBytes, offers,
            memory.told(shardsHere), layout.encode());
        long[] random = {9 + (incarnation - INCARNATION) * 1_000_003};
        plane = network.open(new ControlContext().identity(identity).host("r").port(port).random(() -> random[0] += 7));
        plane.addSessionListener(this);
        plane.addMessageListener(new ReceiverAdapter(this));
    }

    int poll(long nowNs) {
        int workCount = plane.poll(nowNs);
        for (Inlet inlet : inlets) {
            workCount += inlet.poll(1 << 20);
        }
        for (Landing landing : landings.values()) {
            if (landing.finRound > landing.nackedRound && !landing.isReady && !isReadyHeld && memory.isWhole(landing)) {
                ready(landing);
            }
        }
        return workCount;
    }

    void ready(Landing landing) {
        landing.isReady = true;
        memory.check(landing, seed);
        proxy.ready(landing.session, landing.id, landing.reservation, 1000);
        if (!isOutcomeHeld) {
            proxy.outcome(landing.session, landing.id, landing.reservation, OutcomeKind.DELIVERED, EndReason.NONE, "");
        }
    }

    /** What the last DRAINING said. */
    long drainingLeftMs = -1;

    /** Ends every session of this end; the sender dials anew. */
    void loseSessions() {
        plane.forEachSession(session -> session.close(EndReason.SHUTDOWN));
    }

    void draining() {
        plane.forEachSession(session -> proxy.draining(session, 1000));
    }

    void wantAll(HandoffId id) {
        plane.forEachSession(session -> want(session, id));
    }

    Landing only() {
        if (landings.size() != 1) {
            throw new AssertionError("landings=" + landings.size());
        }
        return landings.values().iterator().next();
    }

    void abort(Landing landing, EndReason reason) {
        proxy.abort(landing.session, 0, landing.id, landing.reservation, 0, reason, "as the test says");
    }

    /** As if the ABORT before it had been lost. */
    void aborted(Landing landing, EndReason reason) {
        proxy.outcome(landing.session, landing.id, landing.reservation, OutcomeKind.ABORTED, reason, "as the test says");
    }

    void want(Session session, HandoffId id) {
        proxy.wantBegin(session, 77, id, 0, 10_000, -1);
        proxy.wantEnd();
    }

    @Override
    public void onReserve(Session session, ReserveDecoder message) {
        HandoffId id = WireIds.handoff(message.handoff());
        said.add("RESERVE");
        parts.clear();
        message.parts().forEach(part -> parts.add(part.part() + ":" + Long.toHexString(part.incarnation()) + ":" + part.sourceShard()));
        long correlation = message.envelope().correlation();
        if (isSilent) {
            return;
        }
        if (isRejectedForGood) {
            proxy.reject(session, correlation, id, 3, 0, 100, 50, "never");
            return;
        }
        if (!retriesAfterMs.isEmpty()) {
            proxy.reject(session, correlation, id, retryReason, retriesAfterMs.remove(), 0, 0, "later");
            return;
        }
        if (landings.values().stream().allMatch(old -> old.isReady)) {
            java.util.Arrays.fill(extentsUsed, 0);   // all was checked: its memory may be written again
        }
        int have = Math.max((int) message.haveTokens(), heldTokens);
        Landing landing = reserved(session, id, (int) message.tokens(), (int) message.growthTokens(), have);
        landing.correlation = correlation;
        landing.named(message);
        proxy.queued(session, correlation, id, 1, 5);
        if (!isGrantHeld) {
            grant(landing);
        }
    }

    /** As a sender on that session, or another rank's, asked. */
    Landing reserved(Session session, HandoffId id, int tokens, int growthTokens, int have) {
        Landing landing = new Landing();
        landing.id = id;
        landing.session = session;
        landing.reservation = new ReservationId(incarnation, ++counter);
        landing.cells = CellMap.ofTarget(pairing, tokens, growthTokens, have, extentBytes);
        landing.landedBytes = new int[landing.cells.cellCount()];
        landing.crcs = new int[landing.cells.cellCount()];
        landing.heldTokens = have;
        landings.put(counter, landing);
        return landing;
    }

    /** As its leader granted it. */
    Landing granted(Landing atLeader) {
        Session[] session = new Session[1];
        plane.forEachSession(open -> session[0] = open);
        Landing here = atLeader.at(session[0]);
        landings.put(here.reservation.counter(), here);
        return here;
    }

    void grant(Landing landing) {
        proxy.grantBegin(landing.session, landing.correlation, landing.id, landing.reservation).generation(1)
            .heldTokens(landing.heldTokens).leaseMs(leaseMs).startWithinMs(1000).dpRank((short) 0).integrity((short) 1)
            .tier(dev.baton.transport.wire.Tier.DRAM).token().high(1).low(2);
        proxy.grantEnd();
    }

    @Override
    public void onBind(Session session, BindDecoder message) {
        said.add("BIND");
        boundPart = message.part();
        Landing landing = landings.get(message.reservation().counter());
        if (isBindSilent || landing == null) {
            return;
        }
        require(message.token().high() == 1 && message.token().low() == 2, "token");
        landing.runs = new RunMap(layout.sharding().count(), extentBytes);
        proxy.addressesBegin(session, message.envelope().correlation(), landing.reservation, message.part(), 3, 4, 1);
        for (int shard = shardsHere.first(); shard <= shardsHere.last(); shard++) {
            if (runInstead != null) {
                proxy.addressesRun(shard, runInstead[0], runInstead[1], runInstead[2]);
                runInstead = null;
                continue;
            }
            int count = landing.cells.extents(shard);
            extentsUsed[shard] += count;
            for (int extent = extentsUsed[shard] - 1; extent >= extentsUsed[shard] - count; extent--) {
                landing.runs.add(shard, shard, extent, 1);
                proxy.addressesRun(shard, shard, extent, 1);
            }
        }
        proxy.addressesEnd();
    }

    @Override
    public void onChunk(Session session, ChunkDecoder message) {
        Landing landing = landings.get(message.reservation().counter());
        landing.prefilledTokens = (int) message.prefilledTokens();
        for (ChunkDecoder.LinesDecoder line : message.lines()) {
            landing.lineCount++;
            landing.lines.put((int) line.cell(), new int[] {(int) line.lengthBytes(), line.crc()});
        }
    }

    @Override
    public void onFin(Session session, FinDecoder message) {
        said.add("FIN" + message.round());
        Landing landing = landings.get(message.reservation().counter());
        landing.finished(message).forEach(errors::add);
        if (!nackOnce.isEmpty()) {
            landing.nackedRound = message.round();
            proxy.nackBegin(session, landing.reservation, 0, message.round());
            for (int cell : nackOnce) {
                landing.landedBytes[cell] = 0;
                landing.crcs[cell] = 0;
                proxy.nackCell(cell, nackReason);
            }
            proxy.nackEnd();
            nackOnce.clear();
        }
    }

    @Override
    public void onDrained(Session session, DrainedDecoder message) {
        said.add("DRAINED");
        Landing landing = landings.get(message.reservation().counter());
        if (landing != null) {
            landing.drained(message);
        }
    }

    @Override
    public void onAbort(Session session, AbortDecoder message) {
        said.add("ABORT");
        Landing landing = landings.get(message.reservation().counter());
        if (landing != null) {
            landing.abortedBySender = EndReason.of(message.reason());
        }
    }

    @Override
    public void onAbortAck(Session session, AbortAckDecoder message) {
        said.add("ABORT_ACK");
    }

    @Override
    public void onCancel(Session session, CancelDecoder message) {
        said.add("CANCEL");
    }

    @Override
    public void onRenew(Session session, RenewDecoder message) {
        said.add("RENEW");
        lastRenewPrefilledTokens = (int) message.prefilledTokens();
        lastRenewBytes = message.writtenBytes();
        if (!isRenewUnanswered) {
            proxy.renewAck(session, message.envelope().correlation(), WireIds.reservation(message.reservation()), leaseMs);
        }
    }

    @Override
    public void onWantAck(Session session, WantAckDecoder message) {
        said.add("WANT_ACK");
    }

    @Override
    public void onNotHere(Session session, NotHereDecoder message) {
        said.add("NOT_HERE " + EndReason.of(message.reason()));
    }

    @Override
    public void onQuery(Session session, QueryDecoder message) {
        said.add("QUERY");
        if (status != null) {
            proxy.status(session, message.envelope().correlation(), WireIds.handoff(message.handoff()), ReservationId.NONE, status, statusReason);
        }
    }

    @Override
    public void onStale(Session session, StaleDecoder message) {
        said.add("STALE");
    }

    @Override
    public void onDraining(Session session, DrainingDecoder message) {
        drainingLeftMs = message.deadlineMs();
        said.add("DRAINING");
    }

    @Override
    public void onSessionOpened(Session session) {
        byte[] bytes = session.peer().layout();
        ShardedLayout peer = ShardedLayout.decode(new org.agrona.concurrent.UnsafeBuffer(bytes), 0, bytes.length);
        if (peer.layout().incompatibility(layout.layout()).isEmpty()) {
            pairing = ShardPairing.of(peer.layout(), peer.sharding(), layout.layout(), layout.sharding());
        }
        for (int lane = 0; lane < inlets.size(); lane++) {
            inlets.get(lane).openSession(session.id(), 5, lane);
        }
    }

    @Override
    public void onSessionClosed(Session session, EndReason reason) {
        inlets.forEach(inlet -> inlet.closeSession(session.id()));
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            errors.add(what);
        }
    }

    @Override
    public void close() {
        inlets.forEach(Inlet::close);
        transport.close();
        plane.close();
        memory.close();
    }
}
