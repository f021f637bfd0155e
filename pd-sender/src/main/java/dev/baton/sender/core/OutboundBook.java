package dev.baton.sender.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.Session;

/** The tables of one sender: its handoffs and sessions, and the time of this cycle. Control agent's thread. */
final class OutboundBook {
    private static final int ENDED_MAX = 4096;

    private final Long2ObjectHashMap<OutboundHandoff> byHandle = new Long2ObjectHashMap<>();
    private final Map<HandoffId, OutboundHandoff> byId = new HashMap<>();
    /** In the order in which they opened, whatever their hashes: what is done to all is done in the same order twice. */
    private final Map<Session, PeerSession> sessions = new LinkedHashMap<>();
    /** Of those that peers may ask for. */
    private final Map<HandoffId, EndReason> endedWanted = new Bounded();
    private final List<OutboundHandoff> toFlush = new ArrayList<>();
    private final List<PeerSession> toOffer = new ArrayList<>();
    private long nowNs;
    private int parkedCount;

    /** The last ends, the oldest forgotten first. */
    private static final class Bounded extends LinkedHashMap<HandoffId, EndReason> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<HandoffId, EndReason> eldest) {
            return size() > ENDED_MAX;
        }
    }

    OutboundBook(long startNs) {
        nowNs = startNs;
    }

    /** The time of everything that is told until it is said again. */
    void nowNs(long value) {
        nowNs = value;
    }

    long nowNs() {
        return nowNs;
    }

    void add(OutboundHandoff handoff) {
        byHandle.put(handoff.board.handle(), handoff);
        byId.put(handoff.spec.id(), handoff);
        if (handoff.spec.isSourceFirst()) {
            handoff.isForPark = true;
            parkedCount++;
        }
    }

    /** Somebody asks for it, or it ends. */
    void unparked(OutboundHandoff handoff) {
        if (handoff.isForPark) {
            handoff.isForPark = false;
            parkedCount--;
        }
    }

    /** Source-first, and nobody has asked for them yet. */
    int parkedCount() {
        return parkedCount;
    }

    /** It has ended and told everybody: forget it. */
    void remove(OutboundHandoff handoff, EndReason reason) {
        if (handoff.spec.isSourceFirst() || handoff.spec.isFetched()) {
            endedWanted.put(handoff.spec.id(), reason == EndReason.NONE ? EndReason.NOT_KNOWN : reason);
        }
        unparked(handoff);
        byHandle.remove(handoff.board.handle());
        byId.remove(handoff.spec.id());
    }

    OutboundHandoff ofHandleOrNull(long handle) {
        return byHandle.get(handle);
    }

    OutboundHandoff ofIdOrNull(HandoffId id) {
        return byId.get(id);
    }

    /** Why such a handoff is not here any more; NOT_KNOWN if it was delivered, or nothing is known of it. */
    EndReason endOfSourceFirst(HandoffId id) {
        return endedWanted.getOrDefault(id, EndReason.NOT_KNOWN);
    }

    /** Whether it is one that a peer asked for, or could, and is over. */
    boolean hasEnded(HandoffId id) {
        return endedWanted.containsKey(id);
    }

    /** Handoffs under way that this node fetches. */
    int fetchCount(String nodeId) {
        int count = 0;
        for (OutboundHandoff handoff : byHandle.values()) {
            count += handoff.spec.fetchedBy().equals(nodeId) ? 1 : 0;
        }
        return count;
    }

    int handoffCount() {
        return byHandle.size();
    }

    /** A copy, as handoffs may end while somebody walks it. */
    List<OutboundHandoff> handoffs() {
        return new ArrayList<>(byHandle.values());
    }

    /** Those with a decode peer, open. */
    Map<Session, PeerSession> sessions() {
        return sessions;
    }

    /** Manifest lines or its end wait for the end of this cycle. */
    void flushLater(OutboundHandoff handoff) {
        if (!handoff.isFlushDue) {
            handoff.isFlushDue = true;
            toFlush.add(handoff);
        }
    }

    /** Room was made in that peer's window. */
    void offerLater(PeerSession peer) {
        if (!toOffer.contains(peer)) {
            toOffer.add(peer);
        }
    }

    /** Offers what waits for room. */
    void offer(HandoffReserving reserving) {
        for (int i = 0; i < toOffer.size(); i++) {
            reserving.offer(toOffer.get(i), nowNs);
        }
        toOffer.clear();
    }

    /** Flushes those that wait. Returns how many. */
    int flush(HandoffSending sending) {
        int count = toFlush.size();
        for (int i = 0; i < toFlush.size(); i++) {
            sending.flush(toFlush.get(i));
        }
        for (int i = 0; i < toFlush.size(); i++) {
            toFlush.get(i).isFlushDue = false;
        }
        toFlush.clear();
        return count;
    }
}
