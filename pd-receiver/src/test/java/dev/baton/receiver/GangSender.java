package dev.baton.receiver;

import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.SessionListener;
import dev.baton.transport.wire.SenderAdapter;

/** One sending process with a session at each of a gang's two, and a script for each. */
final class GangSender {
    private GangSender() {}

    /** @param leader the node whose words {@code ofLeader} hears; the other one's go to {@code ofOther} */
    static void hear(ControlPlane plane, String leader, ScriptedSender ofLeader, ScriptedSender ofOther) {
        plane.addSessionListener(new SessionListener() {
            @Override
            public void onSessionOpened(Session session) {
                at(session).onSessionOpened(session);
            }

            @Override
            public void onSessionClosed(Session session, EndReason reason) {
                at(session).onSessionClosed(session, reason);
            }

            private ScriptedSender at(Session session) {
                return isLeader(session, leader) ? ofLeader : ofOther;
            }
        });
        SenderAdapter fromLeader = new SenderAdapter(ofLeader);
        SenderAdapter fromOther = new SenderAdapter(ofOther);
        plane.addMessageListener((session, template, buffer, offset, block, version, length) ->
            (isLeader(session, leader) ? fromLeader : fromOther).onMessage(session, template, buffer, offset, block, version, length));
    }

    private static boolean isLeader(Session session, String leader) {
        return session.peer().nodeId().equals(leader);
    }
}
