package dev.baton.sender.core;

import java.util.List;

import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Session;

/**
 * One session as the sender uses it: the lanes it chose, the peer's layout beside its own, and the grants that die with
 * it.
 */
final class PeerSession {
    private final Session session;
    private final String scheme;
    private final List<LinkContext> links;
    private boolean hasLanes;
    private final ShardPairing pairing;
    private final EndReason whyNotReason;
    private final String whyNot;
    private boolean isDraining;
    private boolean isGone;
    private final PeerWindow window = new PeerWindow();
    private final Long2ObjectHashMap<OutboundHandoff> byReservation = new Long2ObjectHashMap<>();
    private final DrainedWords drained = new DrainedWords();
    private final Long2LongHashMap slabBytes = new Long2LongHashMap(0);

    private PeerSession(Session session, String scheme, List<LinkContext> links, ShardPairing pairing,
        EndReason whyNotReason, String whyNot) {
        this.session = session;
        this.scheme = scheme;
        this.links = links;
        this.pairing = pairing;
        this.whyNotReason = whyNotReason;
        this.whyNot = whyNot;
        for (RemoteSlab slab : session.peer().slabs()) {
            slabBytes.put(slab.slab(), slabBytes.containsKey(slab.slab())
                ? Math.min(slabBytes.get(slab.slab()), slab.lengthBytes()) : slab.lengthBytes());
        }
    }

    /** Pairs the layouts; where they cannot be paired, the session is kept and says why of each handoff. */
    static PeerSession of(Session session, String schemeOrNull, SchemeChoice schemes, List<LinkContext> links,
        ShardedLayout own, PairingCache pairings) {
        if (schemeOrNull == null) {
            return new PeerSession(session, "", List.of(), null, EndReason.NO_TRANSPORT,
                "no transport in common: own=" + schemes.schemes() + " offered=" + session.peer().offers().stream()
                    .map(Offer::scheme).distinct().toList());
        }
        try {
            byte[] bytes = session.peer().layout();
            ShardedLayout peer = ShardedLayout.decode(new UnsafeBuffer(bytes), 0, bytes.length);
            return new PeerSession(session, schemeOrNull, links, pairings.pair(own, peer), EndReason.NONE, "");
        } catch (IllegalArgumentException ex) {
            return new PeerSession(session, schemeOrNull, links, null, EndReason.LAYOUT_MISMATCH,
                ex.getMessage());
        }
    }

    Session session() {
        return session;
    }

    String scheme() {
        return scheme;
    }

    int laneCount() {
        return links.size();
    }

    /** Length of its slab as its HELLO told it, in bytes, the shorter where it told two of that number; 0 for one that it did not tell of. */
    long slabBytes(int slab) {
        return slabBytes.get(slab);
    }

    /** Every post of a grant of this session ends here and now, whatever its agents do. */
    void stopPosts(long nowNs) {
        for (OutboundHandoff handoff : byReservation.values()) {
            if (handoff.transfer != null) {
                handoff.transfer.postUntilNs(nowNs);
            }
        }
    }

    /** Something of this end may be under way on it: memory that is held there, or lanes. */
    boolean isInUse() {
        return hasLanes || !byReservation.isEmpty();
    }

    /** Whether lanes were opened, so that the receiver has said something on this session. */
    boolean hasLanes() {
        return hasLanes;
    }

    /** At the first grant: by then the receiver has this session and would not turn its lanes away. */
    void openLanesOnce(DataPlane data) {
        if (!hasLanes && !links.isEmpty()) {
            hasLanes = true;
            data.openLanes(scheme, links);
        }
    }

    /** Null where {@link #whyNot()} says why. */
    ShardPairing pairing() {
        return pairing;
    }

    String whyNot() {
        return whyNot;
    }

    EndReason whyNotReason() {
        return whyNotReason;
    }

    PeerWindow window() {
        return window;
    }

    /** The peer takes nothing new; what it knows already goes on. */
    void draining() {
        isDraining = true;
    }

    /** Its process is proved to be gone: nobody will ever say more of what it was told. */
    void gone() {
        isGone = true;
    }

    boolean isGone() {
        return isGone;
    }

    boolean isDraining() {
        return isDraining;
    }

    Long2ObjectHashMap<OutboundHandoff> byReservation() {
        return byReservation;
    }

    DrainedWords drained() {
        return drained;
    }
}
