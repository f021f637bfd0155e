package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What sessions and peerings say of themselves by default. */
class SessionStoryTest {
    private static final NodeIdentity PEER = new NodeIdentity("peer", 3, 4, Set.of(Role.DECODE), 1, 4096, List.of(), List.of(), new byte[0]);

    private static Session session(NodeIdentity peer, boolean isOpen, boolean isEndedByPeer, EndReason reason) {
        return made(Session.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "peer" -> peer;
            case "isOpen" -> isOpen;
            case "isEndedByPeer" -> isEndedByPeer;
            case "endReason" -> reason;
            default -> InvocationHandler.invokeDefault(proxy, method, arguments);
        });
    }

    private static Peering peering(Session sessionOrNull, String whyNot) {
        return made(Peering.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "host" -> "10.9.0.1";
            case "port" -> 4000;
            case "session" -> sessionOrNull;
            case "whyNot" -> whyNot;
            default -> InvocationHandler.invokeDefault(proxy, method, arguments);
        });
    }

    private static <T> T made(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void shouldMissAPeerUnlessThisEndWentOrItOnlyLooked() {
        assertTrue(session(PEER, false, true, EndReason.SHUTDOWN).isMissed());
        assertTrue(session(PEER, false, false, EndReason.SILENT).isMissed());
        assertFalse(session(PEER, false, false, EndReason.SHUTDOWN).isMissed());
        assertFalse(session(NodeIdentity.observer("o", 1), false, true, EndReason.SILENT).isMissed());
    }

    @Test
    void shouldSayWhyThereIsNoSession() {
        assertEquals("", peering(session(PEER, true, false, EndReason.NONE), "refused once").whyNotConnected());
        assertEquals("not connected: peer=10.9.0.1:4000 no answer yet", peering(null, "").whyNotConnected());
        assertEquals("not connected: peer=10.9.0.1:4000 refused: VERSION",
            peering(session(PEER, false, false, EndReason.VERSION), "refused: VERSION").whyNotConnected());
    }
}
