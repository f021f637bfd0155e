package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.ReturnDecoder;

/**
 * Holds nodes that are told to end to L11: nothing is granted where the drain was carried out, nor by a leader that knows that a member of its gang
 * goes; and no engine of a node that goes in order is left without the end of what was granted there.
 */
final class DrainOracle {
    /** From when a receiver has gone until its peers have ended what they were sending there: silence ends a session, and lanes give up. */
    private static final long PEERS_NS = 20_000_000_000L;

    private final Cluster cluster;
    /** Members of gangs that have said to their leaders that they go, by the session on which they did. */
    private final Map<LenderMember, Session> known = new LinkedHashMap<>();
    /** The same, heard in the cycle that is not over: in that, grants may have come before. */
    private final Map<LenderMember, Session> heard = new LinkedHashMap<>();

    DrainOracle(Cluster cluster) {
        this.cluster = cluster;
    }

    /** A message is about to be used. */
    void onUsed(Member member, Session session, int template) {
        if (template == ReturnDecoder.TEMPLATE_ID && member instanceof ReceiverMember leader) {
            for (LenderMember lender : cluster.gangs().lendersOf(leader)) {
                if (lender.name().equals(session.peer().nodeId())) {
                    heard.put(lender, session);
                    cluster.oracle().seen(leader.node, "drain-member-known", 0);
                }
            }
        }
    }

    /** Of a receiver, after all that it granted in its cycle was looked at. */
    void afterStep() {
        if (!heard.isEmpty()) {
            known.putAll(heard);
            heard.clear();
        }
    }

    void onGranted(ReceiverMember receiver, Reservation granted) {
        String leaving = receiver.isDraining() ? receiver.name() : leavingMember(receiver);
        if (!leaving.isEmpty()) {
            throw new Violation("L11", "granted while a node goes down: node=" + leaving + " at " + receiver.name() + " " + granted);
        }
    }

    private String leavingMember(ReceiverMember leader) {
        for (Map.Entry<LenderMember, Session> one : known.entrySet()) {
            if (one.getKey().leader() == leader && one.getValue().isOpen()) {
                return one.getKey().name();
            }
        }
        return "";
    }

    /** It goes now: what peers are sending there ends for their engines, too, where they go on and do not stand still. */
    void requirePeersTold(ReceiverMember receiver) {
        List<Attempt> sending = cluster.attempts().stream().filter(attempt -> attempt.isLead() && attempt.request.receiver() == receiver.node
            && attempt.grantedLife == receiver.life && !attempt.request.isSourceFirst() && isSending(attempt)).toList();
        if (!sending.isEmpty()) {
            cluster.oracle().seen(receiver.node, "drain-peer-sending", sending.size());
            cluster.agenda().in(PEERS_NS, () -> sending.forEach(attempt -> {
                if (isSending(attempt) && cluster.prefills().get(attempt.sender).hasRunFor(PEERS_NS, attempt.senderLife)) {
                    throw new Violation("L11", "a node went down in order, and a peer's engine never hears how a handoff ended: " + attempt + " node=" + receiver.name());
                }
            }));
        }
    }

    private static boolean isSending(Attempt attempt) {
        return attempt.isGranted && !attempt.isFinished && !attempt.isOver();
    }

    /** It goes now: what was granted there went to its engine, or ended for it. */
    void requireTold(ReceiverMember receiver) {
        List<Attempt> all = new ArrayList<>(cluster.attempts());
        all.addAll(cluster.unsent());
        for (Attempt attempt : all) {
            if (attempt.isLead() && attempt.grantedLife == receiver.life && attempt.request.receiver() == receiver.node
                && attempt.engineEndLife != receiver.life && !attempt.isDelivered) {
                throw new Violation("L11", "a node goes down in order, and its engine never hears how a handoff ended: " + attempt + " node=" + receiver.name());
            }
        }
    }

    /** The same of a member; what its leader's engine has taken may have come while no engine was here. */
    void requireTold(LenderMember lender) {
        for (LentShare share : cluster.gangs().all()) {
            if (share.member == lender && share.life == lender.life && !share.wasRead && !share.wasEnded && !share.isTakenHeard && !share.isForNobody) {
                throw new Violation("L11", "a member goes down in order, and its engine never hears how a handoff ended: " + share);
            }
        }
    }
}
