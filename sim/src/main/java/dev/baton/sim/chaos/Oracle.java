package dev.baton.sim.chaos;

import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;

import dev.baton.buffer.reserve.ExtentLedger;
import dev.baton.buffer.reserve.ExtentState;
import dev.baton.buffer.reserve.ExtentTotals;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.kv.CellMap;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.sim.fabric.FabricListener;
import dev.baton.sim.fabric.PendingWrite;
import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Chance;
import dev.baton.transport.Placement;
import dev.baton.transport.node.FrameSource;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.NackDecoder;
import dev.baton.transport.wire.OutcomeKind;

/**
 * Holds the cluster to PROTOCOL.md, section 1. It knows what no process could know: which writes are on their way, who
 * said what when, and what every byte must be. Every {@link #FULL_CHECK_STEPS} steps of a receiver it walks the whole
 * ledger.
 */
final class Oracle implements FabricListener {
    private static final int FULL_CHECK_STEPS = 256;
    /** Of one part's data: the first and two that NACK asks for. */
    private static final int ROUNDS_MAX = 3;
    private static final int TEMPLATE_OFFSET = 2;
    private static final ExtentState[] STATES = ExtentState.values();
    private static final int RESERVATION_COUNTER_OFFSET = Frames.HEADER_LENGTH + 24 + 8;

    private final Cluster cluster;
    private final NackDecoder nack = new NackDecoder();
    /** Parts that are between FIN and NACK, by sender, session and reservation. */
    private final LongHashSet finSaid = new LongHashSet();
    private final Long2ObjectHashMap<ReservationState> lastStates = new Long2ObjectHashMap<>();
    private final Overtakes overtakes = new Overtakes();
    private final LayoutOracle layouts;
    private final Waits waits = new Waits();
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Integer> below = new TreeMap<>();
    private final Map<String, Integer> seenCounts = new TreeMap<>();
    private long events;
    private long hash;
    private int steps;

    Oracle(Cluster cluster) {
        this.cluster = cluster;
        this.layouts = new LayoutOracle(cluster);
    }

    LayoutOracle layouts() {
        return layouts;
    }

    long events() {
        return events;
    }

    long hash() {
        return hash;
    }

    void event(int kind, long a, long b) {
        events++;
        hash = Chance.mix(hash + kind) ^ Chance.mix(cluster.agenda().nowNs() * 31 + a) + b;
    }

    /** Something of the tier below a receiver. */
    void tierEvent(int node, String what, long number) {
        event(12, node, number);
        below.merge(what, 1, Integer::sum);
    }

    /** Something that only some seeds have, of gangs and the like. */
    void seen(int node, String what, long number) {
        event(13, node, number);
        counted(what);
    }

    /** As that, of what can be in any seed: no event, so that seeds stay what they are. */
    void counted(String what) {
        seenCounts.merge(what, 1, Integer::sum);
    }

    Map<String, Integer> seen() {
        return seenCounts;
    }

    /** How often each thing happened below the pools. */
    Map<String, Integer> below() {
        return below;
    }

    private static int templateOf(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + TEMPLATE_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    private static long sent(SimProcess sender, DirectBuffer buffer, int offset) {
        return sent(sender, buffer.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN),
            buffer.getLong(offset + RESERVATION_COUNTER_OFFSET, ByteOrder.LITTLE_ENDIAN));
    }

    /** Two nodes with both roles may send to each other on one session. */
    private static long sent(SimProcess sender, long sessionId, long reservation) {
        return Chance.mix(sessionId ^ Chance.mix(sender.incarnation())) + reservation;
    }

    @Override
    public void onSaid(SimProcess from, DirectBuffer message, int offset, int length) {
        if (cluster.strangers().isStranger(from)) {
            cluster.strangers().onSaid(message, offset);
            return;
        }
        cluster.authenticity().onSaid(from, message, offset, length);
        cluster.gangs().onSaid(from, templateOf(message, offset), message, offset);
        cluster.impossible().onSaid(from, templateOf(message, offset), message, offset);
        if (templateOf(message, offset) == FinDecoder.TEMPLATE_ID) {
            finSaid.add(sent(from, message, offset));
        }
        if (templateOf(message, offset) == NackDecoder.TEMPLATE_ID) {
            int round = nack.wrap(message, offset + Frames.HEADER_LENGTH, NackDecoder.BLOCK_LENGTH,
                NackDecoder.SCHEMA_VERSION).round();
            if (round >= ROUNDS_MAX) {
                throw new Violation("S5", "asks for more rounds than " + ROUNDS_MAX + ": NACK of round=" + round);
            }
        }
        if (cluster.isTold()) {
            cluster.note(from.host(), "says " + Wire.describe(message, offset, length));
        }
    }

    @Override
    public void onHeard(SimProcess to, FrameSource source, DirectBuffer message, int offset, int length) {
        if (cluster.strangers().isStranger(to)) {
            cluster.strangers().onAnswered(message, offset);
            return;
        }
        event(1, to.node(), Authenticity.hashOf(message, offset, length));
        cluster.gangs().onHeard(to, templateOf(message, offset), message, offset);
        if (templateOf(message, offset) == NackDecoder.TEMPLATE_ID) {
            finSaid.remove(sent(to, message, offset));
        }
        if (cluster.isTold()) {
            cluster.note(to.host(), "hears " + Wire.describe(message, offset, length));
        }
        cluster.strangers().onHeard(to, source, message, offset, length);
    }

    @Override
    public void onForged(SimProcess to, FrameSource source, DirectBuffer message, int offset, int length) {
        cluster.note(to.host(), () -> "hears from a stranger, as from " + source.host() + ": " + Wire.describe(message, offset, length));
    }

    /** A message has come through all checks of its head and reaches the cores. */
    void onUsed(Member member, Session session, DirectBuffer message) {
        long toIncarnation = message.getLong(Frames.TO_INCARNATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        long sessionId = message.getLong(Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (toIncarnation != member.process.incarnation() || sessionId != session.id() || !session.isOpen()) {
            throw new Violation("S7", "a message is used whose destination is not current: node=" + member.name() +
                " " + Wire.describe(message, 0, 0) + " usedAs=" + Long.toHexString(session.id()) + " isOpen=" +
                session.isOpen());
        }
    }

    @Override
    public void onPosted(SimProcess from, long sessionId, Placement placement) {
        event(2, from.node(), placement.lengthBytes());
        cluster.gangs().onPosted(from, sessionId, placement);
        if (finSaid.contains(sent(from, sessionId, placement.reservation()))) {
            throw new Violation("S5", "a sender posts after FIN: from=" + from + " reservation=" +
                placement.reservation() + " cell=" + placement.cell());
        }
    }

    @Override
    public void onLanding(PendingWrite write, SimProcess target) {
        event(3, target.node(), write.slabOffset());
        if (cluster.gangs().hasLanded(target, write.reservation(), write.generation(), write.cell(), write.slab(), write.slabOffset(),
            write.lengthBytes())) {
            return;
        }
        ReceiverMember receiver = cluster.receiverAt(target.node());
        Reservation reservation = receiver.ledger().findOrNull(write.reservation());
        if (cluster.isTold()) {
            cluster.note(target.host(), "lands " + write + " in " + (reservation == null ? "nothing" :
                reservation.state()));
        }
        if (reservation == null || reservation.generation() != write.generation()) {
            throw new Violation("S3", "a write lands after its extents were freed: " + write);
        }
        Landings.requireMayLand(reservation, write.cell());
        Landings.requireOwned(receiver.ledger().extents(), reservation, write.slab(), write.slabOffset(), write.lengthBytes());
    }

    @Override
    public void onAdmitted(SimProcess at, Placement placement) {
        event(4, at.node(), placement.lengthBytes());
        if (cluster.gangs().hasLanded(at, placement.reservation(), placement.generation(), placement.cell(), placement.slab(),
            placement.slabOffset(), placement.lengthBytes())) {
            return;
        }
        ReceiverMember receiver = cluster.receiverAt(at.node());
        Reservation reservation = receiver.ledger().findOrNull(placement.reservation());
        if (reservation == null || reservation.generation() != placement.generation()) {
            throw new Violation("S2", "a frame is let in after its extents were freed: reservation=" +
                placement.reservation() + " cell=" + placement.cell());
        }
        Landings.requireMayLand(reservation, placement.cell());
        Landings.requireOwned(receiver.ledger().extents(), reservation, placement.slab(), placement.slabOffset(),
            placement.lengthBytes());
    }

    @Override
    public void onSourceChanged(PendingWrite write) {
        throw new Violation("S16", "source bytes changed before their completion: " + write);
    }

    @Override
    public void onMoved(int kind, long what) {
        event(16 + kind, kind, what);
    }

    @Override
    public boolean isTold() {
        return cluster.isTold();
    }

    @Override
    public void onLane(SimProcess at, String what) {
        cluster.note(at.host(), what);
    }

    /** An engine got a unit to fill: no write may be reading from there. */
    void onStaged(Member sender, Attempt attempt) {
        event(5, sender.node, attempt.nextBlock);
    }

    void onReady(ReceiverMember receiver, ReadyHandoff handoff, Attempt attempt) {
        event(6, receiver.node, attempt.request.index());
        String key = receiver.process.incarnation() + "/" + attempt.id;
        if (!seen.add(key)) {
            throw new Violation("S8", "READY twice: " + attempt);
        }
        CellMap map = handoff.map();
        if (map.tokens() != attempt.request.tokens() || map.growthTokens() < attempt.request.growthTokens()) {
            throw new Violation("S6", "granted for another size: " + attempt + " tokens=" + map.tokens() + "+" +
                map.growthTokens());
        }
    }

    /** After each cycle of a node; where nothing moved in it, nothing can have changed. */
    void afterStep(Member member, boolean hasMoved) {
        Throwable failure = member.failure();
        if (failure instanceof Violation violation) {
            throw violation;
        }
        if (failure != null) {
            throw new Violation("CRASH", "an agent threw: node=" + member.name() + " " + failure, failure);
        }
        if (hasMoved && member instanceof ReceiverMember receiver && receiver.isUp()) {
            check(receiver);
            sample(receiver);
            receiver.checkTier();
            cluster.impossible().afterStep(receiver);
            cluster.gangs().check(receiver);
        }
    }

    private void check(ReceiverMember receiver) {
        ReservationLedger ledger = receiver.ledger();
        long total = 0;
        ExtentLedger extents = ledger.extents();
        long pool = 0;
        for (int bank = 0; bank < extents.plan().bankCount(); bank++) {
            pool += extents.plan().extentCount(bank);
            for (ExtentState state : STATES) {
                long count = extents.counts().count(bank, state);
                if (count < 0) {
                    throw new Violation("S1", "a count is negative: " + state + "=" + count);
                }
                total += count;
            }
        }
        if (total != pool) {
            throw new Violation("S1", "counts do not add up to the pool: " + total + " of " + pool);
        }
        if (++steps % FULL_CHECK_STEPS == 0) {
            checkInFull(receiver);
        }
    }

    /** The whole ledger, extent by extent, and one live reservation for an attempt. */
    void checkInFull(ReceiverMember receiver) {
        try {
            receiver.ledger().checkInvariants();
        } catch (IllegalStateException ex) {
            throw new Violation("S1", ex.getMessage(), ex);
        }
        Set<String> live = new HashSet<>();
        receiver.ledger().forEachLive(reservation -> {
            if (!live.add(reservation.requestLow() + "/" + reservation.attempt())) {
                throw new Violation("S8", "two live reservations of one attempt: " + reservation);
            }
        });
    }

    /** Everything ended: both ends must tell the same story (S9), and all memory be back (S1). */
    void finish() {
        cluster.gangs().finish();
        for (ReceiverMember receiver : cluster.receivers()) {
            checkInFull(receiver);
            ExtentTotals totals = receiver.ledger().extents().counts().totals();
            if (totals.free() + totals.evictable() + totals.quarantined() != totals.total()
                || (totals.quarantined() > 0 && !receiver.mayQuarantine())) {
                throw new Violation("L1", "the pool is not back: " + receiver.name() + " " + totals);
            }
        }
        for (Attempt attempt : cluster.attempts()) {
            boolean isTold = attempt.senderKind != null && attempt.senderReason != EndReason.OUTCOME_UNKNOWN;
            if (isTold && attempt.lead.isDelivered != (attempt.senderKind == OutcomeKind.DELIVERED)
                && !attempt.isReceiverGone && !attempt.lead.isReceiverGone) {
                throw new Violation("S9", "the ends tell different stories: " + attempt + " sender=" +
                    attempt.senderKind + " reason=" + attempt.senderReason + " isLocal=" + attempt.isLocalEnd +
                    " delivered=" + attempt.lead.isDelivered);
            }
            if (attempt.isLead()) {
                requireEngineTold(attempt);
            }
        }
        cluster.unsent().forEach(this::requireEngineTold);
        layouts.finish();
    }

    /** What was granted and did not go to the engine must have been told to it as an end, or to the one after it (L6). */
    private void requireEngineTold(Attempt attempt) {
        int life = cluster.receiverAt(attempt.request.receiver()).life;
        if (attempt.grantedLife == life && attempt.engineEndLife != life && !attempt.isDelivered) {
            throw new Violation("L6", "the decode engine never hears of the end: " + attempt + " ready=" +
                attempt.readyCount);
        }
    }

    /** Finds out what was granted since it last looked: once a step, which is soon enough for what is asked of grants. */
    void sample(ReceiverMember receiver) {
        receiver.ledger().forEachLive(reservation -> {
            cluster.impossible().onLive(receiver, reservation);
            if (reservation.state() == ReservationState.QUEUED) {
                waits.onQueued(receiver, reservation);
            }
            long key = Overtakes.keyOf(receiver, reservation);
            ReservationState before = lastStates.get(key);
            if (before != reservation.state()) {
                lastStates.put(key, reservation.state());
                if (reservation.state() != ReservationState.QUEUED
                    && (before == null || before == ReservationState.QUEUED)) {
                    cluster.drains().onGranted(receiver, reservation);
                    Attempt attempt = cluster.attempt(new HandoffId(reservation.tenantHash(), reservation.requestHigh(),
                        reservation.requestLow(), reservation.attempt()));
                    attempt.grantedLife = receiver.life;
                    layouts.onGranted(receiver, attempt);
                    overtakes.onGranted(receiver, reservation);
                }
            }
        });
    }
}
