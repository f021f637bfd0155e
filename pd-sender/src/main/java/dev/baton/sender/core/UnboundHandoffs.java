package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/** Handoffs that wait for a session with the process that they are to ask. Pure; control agent's thread. */
final class UnboundHandoffs {
    private final OutboundBook book;
    private final HandoffReserving reserving;
    private final IntFunction<PeerSession> sessionOfPeer;
    private final List<OutboundHandoff> waiting = new ArrayList<>();

    /** @param sessionOfPeer by the index of a peering; null while there is none */
    UnboundHandoffs(OutboundBook book, HandoffReserving reserving, IntFunction<PeerSession> sessionOfPeer) {
        this.book = book;
        this.reserving = reserving;
        this.sessionOfPeer = sessionOfPeer;
    }

    void add(OutboundHandoff handoff) {
        waiting.add(handoff);
    }

    /** In the order in which they began: the table that they came from has none. */
    void sort() {
        waiting.sort(Comparator.comparingLong(handoff -> handoff.number));
    }

    /** Those ask that can. */
    void bind() {
        if (waiting.isEmpty()) {
            return;   // asked each cycle, and a view of an empty list is an object too
        }
        int kept = 0;
        for (int i = 0; i < waiting.size(); i++) {
            OutboundHandoff handoff = waiting.get(i);
            PeerSession peer = handoff.isUnbound() ? sessionForOrNull(handoff) : null;
            if (peer != null) {
                reserving.bind(handoff, peer, book.nowNs());
            } else if (handoff.isUnbound()) {
                waiting.set(kept++, handoff);
            }
        }
        waiting.subList(kept, waiting.size()).clear();
    }

    private PeerSession sessionForOrNull(OutboundHandoff handoff) {
        PartGrant grant = handoff.spec.isJoining() ? handoff.board.grantOrNull() : null;
        if (grant == null && handoff.spec.peer() >= 0) {
            return sessionOfPeer.apply(handoff.spec.peer());
        }
        for (PeerSession peer : book.sessions().values()) {
            // What another rank was granted is of one process, and of no later one of that node.
            boolean isIt = grant == null ? peer.session().peer().nodeId().equals(handoff.wantedBy)
                : peer.session().peer().incarnation() == grant.reservation().incarnation();
            if (isIt && peer.session().isOpen()) {
                return peer;
            }
        }
        return null;
    }
}
