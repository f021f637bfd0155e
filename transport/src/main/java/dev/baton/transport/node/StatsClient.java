package dev.baton.transport.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.locks.LockSupport;

import org.agrona.DirectBuffer;

import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Peering;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.StatsReplyDecoder;

/** Asks a node for its statistics over control, as an observer, and waits for the answer. For tools, not for agents. */
public final class StatsClient implements MessageListener {
    private static final long IDLE_NS = 200_000;

    private final StatsReplyDecoder reply = new StatsReplyDecoder();
    private String json;

    private StatsClient() {}

    /**
     * Returns the node's statistics as JSON.
     *
     * @param secret what the node wants proved; null for none
     * @throws IOException if nobody answered in time, or the node refused; the message says which
     */
    public static String ask(String host, int port, SharedSecret secret, long timeoutNs) throws IOException {
        long incarnation = new SecureRandom().nextLong() | 1;
        try (AeronNode node = AeronNode.embedded(incarnation)) {
            // Any interface: the answer comes back to the address that the question leaves from, whichever that is.
            ControlContext context = new ControlContext().host("0.0.0.0").secret(secret).dialOnly(true)
                .identity(NodeIdentity.observer("stats-" + Long.toHexString(incarnation), incarnation));
            try (ControlPlane plane = AeronControl.open(node, context)) {
                return ask(plane, host, port, timeoutNs);
            }
        }
    }

    private static String ask(ControlPlane plane, String host, int port, long timeoutNs) throws IOException {
        StatsClient client = new StatsClient();
        plane.addMessageListener(client);
        long startNs = System.nanoTime();
        Peering peering = plane.dial(host, port, timeoutNs);
        boolean isAsked = false;
        while (client.json == null) {
            long nowNs = System.nanoTime();
            int workCount = plane.poll(nowNs);
            Session session = peering.session();
            if (session != null && !isAsked) {
                HelloCodec codec = new HelloCodec();
                session.send(codec.buffer(), 0, codec.statsRequest(session.peer().incarnation(), session.id(), 1));
                isAsked = true;
            } else if (session == null && (peering.isDone() || isAsked)) {
                throw new IOException(peering.whyNot());
            } else if (nowNs - startNs > timeoutNs) {
                throw new IOException("no answer in time: host=" + host + " port=" + port);
            }
            if (workCount == 0) {
                LockSupport.parkNanos(IDLE_NS);
            }
        }
        return client.json;
    }

    @Override
    public boolean onMessage(Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength,
        int version, int length) {
        if (templateId != StatsReplyDecoder.TEMPLATE_ID) {
            return false;
        }
        reply.wrap(buffer, bodyOffset, blockLength, version);
        byte[] bytes = new byte[reply.jsonLength()];
        reply.getJson(bytes, 0, bytes.length);
        json = new String(bytes, StandardCharsets.UTF_8);
        return true;
    }
}
