package dev.baton.sim.chaos;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongHashSet;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Chance;
import dev.baton.transport.Placement;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GangEventsDecoder;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangOrdersDecoder;
import dev.baton.transport.wire.GangProxy;
import dev.baton.transport.wire.LendDecoder;
import dev.baton.transport.wire.NackDecoder;

/**
 * Holds gangs to what is promised of them: nothing is granted while a process is missing (S6), bytes land at a member only in
 * what its leader granted there and nobody gave up (S2, S3), all engines hear one story (S9, L6), and what was lent comes back (L1).
 * It knows who lent to whom and what was granted where by listening to their words as they are said and used.
 */
final class GangOracle {
    private static final int RESERVATION_OFFSET = Frames.HEADER_LENGTH + Frames.ENVELOPE_LENGTH;

    private final Cluster cluster;
    private final boolean isOn;
    private final GangOpenDecoder open = new GangOpenDecoder();
    private final GangOrdersDecoder orders = new GangOrdersDecoder();
    private final GangEventsDecoder events = new GangEventsDecoder();
    /** By whose memory it is: the session on which the leader took what was lent, as long as it has that session. */
    private final Map<LenderMember, Long> taken = new HashMap<>();
    /** The session on which it was lent last. */
    private final Map<LenderMember, Long> lent = new HashMap<>();
    /** Those whose leader knows that no engine is there. */
    private final Set<LenderMember> knownWithoutEngine = new HashSet<>();
    private final Map<LenderMember, Map<Long, LentShare>> shares = new HashMap<>();
    private final List<LentShare> all = new ArrayList<>();
    /** Of sessions of those that send: who is at the other end. */
    private final Long2LongHashMap peers = new Long2LongHashMap(0);
    /** Between FIN and NACK, by sending process and reservation. */
    private final LongHashSet finSaid = new LongHashSet();

    GangOracle(Cluster cluster) {
        this.cluster = cluster;
        isOn = cluster.plan().hasGangs();
    }

    List<LenderMember> lendersOf(ReceiverMember leader) {
        return cluster.lenders().stream().filter(lender -> lender.leader() == leader).toList();
    }

    private void count(Member member, String what, long number) {
        cluster.oracle().seen(member.node, what, number);
    }

    // ---- Who lent to whom

    /** Empty if the leader has all shards, by what it was lent and has not lost. */
    String missing(ReceiverMember leader) {
        for (LenderMember lender : isOn ? lendersOf(leader) : List.<LenderMember>of()) {
            if (!taken.containsKey(lender)) {
                return lender.name();
            }
        }
        return "";
    }

    /** Whether a fence failed at one of its members. */
    boolean mayKeep(ReceiverMember leader) {
        return isOn && lendersOf(leader).stream().anyMatch(lender -> lender.isUp() && lender.mayKeep());
    }

    /** Every member is lent again and has nothing of its own left, but where a fence failed at one of its gang. */
    boolean isQuiet() {
        return whyNotQuiet().isEmpty();
    }

    String whyNotQuiet() {
        StringBuilder why = new StringBuilder();
        for (LenderMember lender : cluster.lenders()) {
            boolean isLent = taken.containsKey(lender) && taken.get(lender).equals(lent.get(lender));
            if (!lender.isUp() || !(lender.leader().mayQuarantine() || (lender.isIdle() && isLent))) {
                why.append(' ').append(lender.name()).append(" isUp=").append(lender.isUp()).append(" isLent=").append(isLent)
                    .append(" isIdle=").append(lender.isIdle()).append(';');
            }
        }
        return why.toString();
    }

    void onSessionOpened(Member member, Session session) {
        if (isOn && cluster.hasPrefill(member)) {
            peers.put(session.id(), session.peer().incarnation());
        }
    }

    void onSessionClosed(Member member, Session session) {
        for (LenderMember lender : isOn ? cluster.lenders() : List.<LenderMember>of()) {
            boolean isAtLeader = lender.leader() == member && taken.remove(lender, session.id());
            if (isAtLeader) {
                count(member, "gang-member-lost", 0);
                cut(lender);
            } else if (lender == member && session.peer().incarnation() == lender.leader().process.incarnation()) {
                count(member, "gang-leader-lost", 0);
                cut(lender);
            }
        }
    }

    void onLeaderDied(ReceiverMember leader) {
        for (LenderMember lender : isOn ? lendersOf(leader) : List.<LenderMember>of()) {
            taken.remove(lender);
            cut(lender);
        }
    }

    void onLenderDied(LenderMember lender) {
        cut(lender);
        shares.remove(lender);
        lent.remove(lender);
    }

    /** What becomes of it at one end the other may never hear. */
    void cut(LenderMember lender) {
        sharesAt(lender).values().forEach(share -> share.isCut = true);
    }

    /** All that were ever granted anywhere. */
    List<LentShare> all() {
        return all;
    }

    private Map<Long, LentShare> sharesAt(LenderMember lender) {
        return shares.computeIfAbsent(lender, _ -> new HashMap<>());
    }

    // ---- What they say

    /** A message is about to be used. */
    void onUsed(Member member, Session session, int template, DirectBuffer buffer, int offset, int blockLength, int version) {
        if (!isOn) {
            return;
        }
        if (template == LendDecoder.TEMPLATE_ID && member instanceof ReceiverMember leader) {
            for (LenderMember lender : lendersOf(leader)) {
                if (lender.name().equals(session.peer().nodeId()) && taken.putIfAbsent(lender, session.id()) == null) {
                    count(member, "gang-lend", 0);
                    knownWithoutEngine.remove(lender);
                }
            }
        } else if (template == GangEventsDecoder.TEMPLATE_ID && member instanceof ReceiverMember leader) {
            events.wrap(buffer, offset, blockLength, version).records().forEach(record -> onEngineHeard(leader, session, record.kind()));
        } else if (template == GangOpenDecoder.TEMPLATE_ID && member instanceof LenderMember lender) {
            LentShare share = new LentShare(lender, open.wrap(buffer, offset, blockLength, version));
            LentShare before = sharesAt(lender).put(share.reservation, share);
            if (before != null && before.over == null) {
                throw new Violation("S8", "a member is granted what it has: " + share + " before: " + before);
            }
            all.add(share);
            count(member, "gang-grant", share.reservation);
        } else if (template == GangOrdersDecoder.TEMPLATE_ID && member instanceof LenderMember lender) {
            orders.wrap(buffer, offset, blockLength, version).records().forEach(record -> {
                if (record.kind() == GangProxy.CLOSE) {
                    requireUnread(lender, record.reservation());
                    over(lender, record.reservation(), "its leader closed it");
                } else if (record.kind() == GangProxy.TAKEN) {
                    onTakenHeard(lender, record.reservation());
                }
            });
        }
    }

    private void onEngineHeard(ReceiverMember leader, Session session, int kind) {
        for (LenderMember lender : lendersOf(leader)) {
            boolean isIts = taken.containsKey(lender) && taken.get(lender) == session.id();
            if (isIts && (kind == GangProxy.ENGINE_GONE || kind == GangProxy.ENGINE_LOST)) {
                knownWithoutEngine.add(lender);
                count(leader, kind == GangProxy.ENGINE_GONE ? "gang-engine-gone" : "gang-engine-lost", 0);
            } else if (isIts && kind == GangProxy.ENGINE_HERE && knownWithoutEngine.remove(lender)) {
                count(leader, "gang-engine-here", 0);
            }
        }
    }

    private void requireUnread(LenderMember lender, long reservation) {
        LentShare share = sharesAt(lender).get(reservation);
        if (share != null && share.isReading) {
            throw new Violation("S3", "memory went back while a member's engine read it: " + share);
        }
    }

    /** A message is on its way. */
    void onSaid(SimProcess from, int template, DirectBuffer message, int offset) {
        if (!isOn) {
            return;
        }
        if (template == FinDecoder.TEMPLATE_ID) {
            finSaid.add(keyOf(from, message, offset));
        } else if (template == LendDecoder.TEMPLATE_ID && cluster.memberAt(from.node()) instanceof LenderMember lender) {
            lent.put(lender, message.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN));
            for (LentShare share : sharesAt(lender).values()) {
                if (share.isReading) {
                    throw new Violation("S2", "memory is lent that an engine reads: " + share);
                }
                share.over("it was lent again");
            }
        } else if (template == GangEventsDecoder.TEMPLATE_ID && cluster.memberAt(from.node()) instanceof LenderMember lender) {
            events.wrap(message, offset + Frames.HEADER_LENGTH, GangEventsDecoder.BLOCK_LENGTH, GangEventsDecoder.SCHEMA_VERSION)
                .records().forEach(record -> {
                    if (record.kind() == GangProxy.REVOKED) {
                        over(lender, record.reservation(), "its member said that it is revoked");
                    }
                });
        }
    }

    void onHeard(SimProcess to, int template, DirectBuffer message, int offset) {
        if (isOn && template == NackDecoder.TEMPLATE_ID) {
            finSaid.remove(keyOf(to, message, offset));
        }
    }

    private static long keyOf(SimProcess sender, DirectBuffer message, int offset) {
        return keyOf(sender, message.getLong(offset + RESERVATION_OFFSET, ByteOrder.LITTLE_ENDIAN),
            message.getLong(offset + RESERVATION_OFFSET + Long.BYTES, ByteOrder.LITTLE_ENDIAN));
    }

    private static long keyOf(SimProcess sender, long leaderIncarnation, long reservation) {
        return Chance.mix(Chance.mix(sender.incarnation()) ^ leaderIncarnation) + reservation;
    }

    private void over(LenderMember lender, long reservation, String why) {
        LentShare share = sharesAt(lender).get(reservation);
        if (share != null) {
            share.over(why);
        }
    }

    // ---- Bytes

    /** A sender posts on a session with a member; its FIN went to the leader (S5). */
    void onPosted(SimProcess from, long sessionId, Placement placement) {
        long peer = isOn ? peers.get(sessionId) : 0;
        for (LenderMember lender : peer == 0 ? List.<LenderMember>of() : cluster.lenders()) {
            LentShare share = lender.process.incarnation() == peer ? sharesAt(lender).get(placement.reservation()) : null;
            if (share != null && finSaid.contains(keyOf(from, share.leaderIncarnation, share.reservation))) {
                throw new Violation("S5", "a sender posts to a member after FIN: from=" + from + " " + share);
            }
        }
    }

    /** False where the process is no member of a gang, so that nothing was looked at. */
    boolean hasLanded(SimProcess at, long reservation, int generation, int cell, int slab, long offset, int lengthBytes) {
        boolean isMember = isOn && cluster.memberAt(at.node()) instanceof LenderMember;
        if (isMember) {
            cluster.note(at.host(), () -> "lands reservation=" + reservation + " cell=" + cell + " slab=" + slab + " offset=" + offset);
            onLanding((LenderMember) cluster.memberAt(at.node()), reservation, generation, cell, slab, offset, lengthBytes);
        }
        return isMember;
    }

    /** While leader and member have each other, the leader's ledger says whose that memory is. */
    private void onLanding(LenderMember at, long reservation, int generation, int cell, int slab, long offset, int lengthBytes) {
        LentShare share = sharesAt(at).get(reservation);
        if (share == null || share.generation != generation) {
            throw new Violation("S2", "bytes land at a member that no leader granted there: reservation=" + reservation +
                " generation=" + generation + " at " + at.name());
        }
        if (share.over != null) {
            throw new Violation("S3", "bytes land at a member though " + share.over + ": cell=" + cell + " " + share);
        }
        if (share.isReading || share.wasRead) {
            throw new Violation("S4", "data after a member's engine was given it: cell=" + cell + " " + share);
        }
        if (!share.hasPlace(slab, offset, lengthBytes)) {
            throw new Violation("S2", "foreign bytes at a member: slab=" + slab + " offset=" + offset + " " + share);
        }
        if (!share.isCut) {
            Reservation live = at.leader().ledger().findOrNull(reservation);
            if (!share.isOf(live)) {
                throw new Violation("S3", "bytes land at a member after its leader freed them: cell=" + cell + " " + share);
            }
            Landings.requireMayLand(live, cell);
            Landings.requireOwned(at.leader().ledger().extents(), live, slab, offset, lengthBytes);
        }
    }

    // ---- Grants, and what engines hear

    /** After a leader's cycle: all of what it has granted has a process that is there. */
    void check(ReceiverMember leader) {
        String missing = missing(leader);
        if (missing.isEmpty()) {
            return;
        }
        leader.ledger().forEachLive(live -> {
            ReservationState state = live.state();
            if (state == ReservationState.GRANTED || state == ReservationState.RECEIVING || state == ReservationState.VERIFYING
                || state == ReservationState.READY) {
                throw new Violation("S6", "granted while a member is missing: member=" + missing + " " + live);
            }
        });
    }

    /** The leader's engine takes it for all. */
    void onTaken(ReceiverMember leader, long handle, boolean isTaken) {
        for (LenderMember lender : isOn && isTaken ? lendersOf(leader) : List.<LenderMember>of()) {
            LentShare share = sharesAt(lender).get(handle);
            if (taken.containsKey(lender) && knownWithoutEngine.contains(lender)) {
                throw new Violation("S9", "taken for all, while its node knows that a member has no engine: " + share);
            }
            if (share != null && !share.isCut && share.leaderIncarnation == leader.process.incarnation()) {
                share.isTaken = true;
            }
        }
    }

    private void onTakenHeard(LenderMember at, long reservation) {
        LentShare share = sharesAt(at).get(reservation);
        if (share != null) {
            share.isTakenHeard = true;
            share.isForNobody |= !at.hasEngine();
        }
    }

    void onReady(LenderMember at, ReadyHandoff handoff, Attempt attempt) {
        count(at, ForwardPlan.isForward(attempt.request) ? "gang-ready-forwarded" : "gang-ready", attempt.request.index());
        LentShare share = sharesAt(at).get(handoff.handle());
        if (share == null || share.over != null || !share.handoff.equals(attempt.id)) {
            throw new Violation("S2", "a member's engine is given what is not granted there: " + attempt + " " + share);
        }
        if (share.wasRead || share.wasEnded) {
            throw new Violation("S8", "a member's engine is told twice: " + attempt + " " + share);
        }
        if (!attempt.isDelivered) {
            throw new Violation("S9", "a member's engine is given what its leader's has not taken: " + attempt + " " + share);
        }
        if (handoff.map().tokens() != attempt.request.tokens() || handoff.map().growthTokens() < attempt.request.growthTokens()) {
            throw new Violation("S6", "granted for another size: " + attempt + " " + share);
        }
        share.wasRead = true;
        share.isReading = true;
    }

    void onReleased(LenderMember at, long handle) {
        LentShare share = sharesAt(at).get(handle);
        if (share != null) {
            share.isReading = false;
        }
    }

    void onEngineGone(LenderMember at) {
        sharesAt(at).values().forEach(share -> {
            share.isReading = false;
            share.isForNobody |= share.isTakenHeard && !share.wasRead;
        });
    }

    void onEnded(LenderMember at, Attempt attempt) {
        count(at, "gang-ended", attempt.request.index());
        for (LentShare share : all) {
            if (share.member == at && share.life == at.life && share.handoff.equals(attempt.id) && !share.wasRead && !share.wasEnded) {
                if (share.isTaken && !share.isCut) {
                    throw new Violation("S9", "what is delivered ends for a member's engine: " + attempt + " " + share);
                }
                share.wasEnded = true;
                return;
            }
        }
        throw new Violation("S9", "a member's engine is told twice, or of what was not granted there: " + attempt);
    }

    /**
     * All is quiet: every member's engine heard of what was granted there, and of all that was delivered. An end waits for the next engine
     * where one is gone, so it is told whenever that was. Not so what is delivered: memory that an engine was to read, and had not taken when it
     * went, is released, and told to no engine after it ({@link LentShare#isForNobody}). Of that alone nothing can be said.
     */
    void finish() {
        for (LentShare share : all) {
            boolean isHere = share.member.life == share.life && !share.isForNobody;
            boolean isKept = share.over == null && share.member.leader().mayQuarantine();
            if (isHere && !isKept && !share.wasRead && (!share.wasEnded || (share.isTaken && !share.isCut))) {
                throw new Violation(share.isTaken ? "S9" : "L6", "a member's engine never hears how it went: " + share);
            }
        }
    }
}
