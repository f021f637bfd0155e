package dev.baton.transport.node;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;

import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;

/** Identities, contexts and a listener that remembers, for the tests of control planes. */
final class Planes {
    private Planes() {}

    static NodeIdentity identity(String nodeId, long incarnation, Role role) {
        return new NodeIdentity(nodeId, incarnation, 77, EnumSet.of(role), 2, 4 << 20,
            List.of(new Offer("tcp", 4001, 11, 12), new Offer("tcp", 4002, 13, 14), new Offer("shm", 0, -15, 16)),
            List.of(new RemoteSlab(0, 0, 1L << 30), new RemoteSlab(1, 1, 1L << 29)), new byte[] {1, 2, 3, (byte) 200});
    }

    static ControlContext context(NodeIdentity identity) {
        SplittableRandom random = new SplittableRandom(identity.incarnation());
        return new ControlContext().identity(identity).random(random::nextLong);
    }

    /** Remembers what it was told. */
    static class Events implements SessionListener {
        final List<Session> opened = new ArrayList<>();
        final List<EndReason> closed = new ArrayList<>();
        final List<String> failures = new ArrayList<>();

        @Override
        public void onSessionOpened(Session session) {
            opened.add(session);
        }

        @Override
        public void onSessionClosed(Session session, EndReason reason) {
            closed.add(reason);
        }

        @Override
        public void onDialFailed(Peering peering, EndReason reason, String detail) {
            failures.add(reason + " " + detail);
        }
    }
}
