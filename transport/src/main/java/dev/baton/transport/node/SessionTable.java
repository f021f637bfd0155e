package dev.baton.transport.node;

import java.util.ArrayList;
import java.util.List;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;

/**
 * The sessions of one hub, pending and open, by id and by the peer's incarnation: one for each. Belongs to the control
 * agent.
 */
final class SessionTable {
    private static final int ENDED_MAX = 1_024;

    private final Long2ObjectHashMap<PeerSession> byId = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<PeerSession> byIncarnation = new Long2ObjectHashMap<>();
    private final List<PeerSession> all = new ArrayList<>();
    private final LongHashSet ended = new LongHashSet();

    PeerSession byId(long id) {
        return byId.get(id);
    }

    PeerSession byIncarnation(long incarnation) {
        return byIncarnation.get(incarnation);
    }

    PeerSession bySource(FrameSource source) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).source.equals(source)) {
                return all.get(i);
            }
        }
        return null;
    }

    int size() {
        return all.size();
    }

    /** Sessions that messages go through, those still shaking hands not counted. */
    int openCount() {
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            count += all.get(i).isOpen() ? 1 : 0;
        }
        return count;
    }

    /** Handshakes that a peer began and has not finished. */
    int pendingCount() {
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            count += all.get(i).state == PeerSession.PENDING ? 1 : 0;
        }
        return count;
    }

    PeerSession at(int index) {
        return all.get(index);
    }

    void add(PeerSession session) {
        byId.put(session.id(), session);
        byIncarnation.put(session.peer().incarnation(), session);
        all.add(session);
        session.source.joined();
    }

    void removeAt(int index) {
        PeerSession session = all.remove(index);
        session.source.left();
        byId.remove(session.id());
        if (byIncarnation.get(session.peer().incarnation()) == session) {
            byIncarnation.remove(session.peer().incarnation());
        }
        if (ended.size() >= ENDED_MAX) {
            ended.clear();   // forgetting old ends only costs a peer one more round of silence
        }
        ended.add(session.id());
    }

    /** This end had that session and dropped it: a peer that still names it must be told. */
    boolean isEnded(long id) {
        return ended.contains(id);
    }
}
