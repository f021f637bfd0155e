package dev.baton.sim.chaos;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.DirectBuffer;

import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Chance;
import dev.baton.transport.node.FrameSource;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.HelloAckDecoder;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloDoneDecoder;
import dev.baton.transport.wire.HelloRefusedDecoder;

/**
 * Somebody who sees each control message that arrives, does not know the secret, and sends what it likes to whom it likes: as from the source by which
 * that process heard last, or from an address of its own. Goes on after healing, until the end.
 */
final class Strangers {
    static final String HOST = "127.0.0.250";
    private static final int TEMPLATE_OFFSET = 2;
    private static final int KEPT_MAX = 64;
    private static final int HANDSHAKE_FACTOR = 4;
    private static final long MS = 1_000_000;

    /** By which a process heard last, and on what session. */
    private record Way(SimProcess to, FrameSource source, long sessionId) {}

    private final Cluster cluster;
    private final StrangerPlan plan;
    private final Chance chance;
    private final Forger forger;
    /** Messages that were said, of any time. */
    private final List<byte[]> kept = new ArrayList<>();
    private final Map<Integer, Way> ways = new HashMap<>();
    private final Map<SimProcess, FrameSource> own = new HashMap<>();
    private StrangerNode node;
    /** Hellos that it showed in its own name; of those, such that a node of the cluster had said. */
    private int hellos;
    private int copiedHellos;
    private int refusals;

    Strangers(Cluster cluster) {
        this.cluster = cluster;
        this.plan = cluster.plan().strangersOrNull;
        this.chance = Chance.of(cluster.plan().seed, "strangers-run");
        this.forger = new Forger(chance);
    }

    void begin() {
        if (plan != null) {
            node = new StrangerNode(cluster, plan);
        }
    }

    boolean isStranger(SimProcess process) {
        return node != null && node.process() == process;
    }

    private static int templateOf(DirectBuffer message, int offset) {
        return message.getShort(offset + TEMPLATE_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    private static int templateOf(byte[] message) {
        return message.length < Frames.LENGTH_MIN ? 0 : (message[TEMPLATE_OFFSET] & 0xFF) | ((message[TEMPLATE_OFFSET + 1] & 0xFF) << 8);
    }

    private static boolean isHandshake(int template) {
        return template == HelloDecoder.TEMPLATE_ID || template == HelloAckDecoder.TEMPLATE_ID || template == HelloDoneDecoder.TEMPLATE_ID
            || template == HelloRefusedDecoder.TEMPLATE_ID || template == GoodbyeDecoder.TEMPLATE_ID;
    }

    /** A node of the cluster hears what another said. */
    void onHeard(SimProcess to, FrameSource source, DirectBuffer message, int offset, int length) {
        if (plan == null) {
            return;
        }
        long sessionId = message.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        long correlation = message.getLong(offset + Frames.CORRELATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (sessionId != 0) {
            ways.put(to.node(), new Way(to, source, sessionId));
        }
        boolean isUsed = chance.happens(plan.rate() * (isHandshake(templateOf(message, offset)) ? HANDSHAKE_FACTOR : 1));
        if (isUsed || kept.size() < KEPT_MAX) {
            byte[] bytes = new byte[length];
            message.getBytes(offset, bytes);
            keep(bytes);
            if (isUsed) {
                int at = chance.below(4) == 0 ? chance.below(cluster.memberCount()) : to.node();
                cluster.agenda().at(cluster.agenda().nowNs() + delayNs(), () -> forge(at, bytes, correlation));
            }
        }
    }

    private void keep(byte[] bytes) {
        if (kept.size() < KEPT_MAX) {
            kept.add(bytes);
        } else {
            kept.set(chance.below(KEPT_MAX), bytes);
        }
    }

    /** At once, while it is being answered, or much later. */
    private long delayNs() {
        return switch (chance.below(4)) {
            case 0 -> 0;
            case 1 -> chance.between(0, 5 * MS);
            case 2 -> chance.between(0, 1_000 * MS);
            default -> chance.between(0, 20_000 * MS);
        };
    }

    private void forge(int at, byte[] seen, long correlation) {
        SimProcess to = cluster.memberAt(at).process;
        if (to.isDead()) {
            return;
        }
        Way way = ways.get(at);
        boolean isKnown = way != null && way.to() == to;
        boolean isOwn = !isKnown || chance.below(4) == 0;
        FrameSource source = isOwn ? own.computeIfAbsent(to, _ -> new FrameSource(HOST)) : way.source();
        long sessionId = isKnown ? way.sessionId() : 0;
        long incarnation = chance.below(4) == 0 ? chance.nextLong() : to.incarnation();
        byte[] from = chance.below(3) == 0 ? kept.get(chance.below(kept.size())) : seen;
        byte[] forged = switch (chance.below(5)) {
            case 0 -> told(at, "stranger-replayed", from);
            case 1 -> told(at, "stranger-altered", forger.altered(from));
            case 2 -> told(at, "stranger-readdressed", forger.readdressed(from, to.incarnation(), sessionId));
            case 3 -> told(at, "stranger-sealed", forger.sealed(forger.readdressed(from, to.incarnation(), sessionId)));
            default -> told(at, "stranger-made-up", forger.madeUp(incarnation, sessionId, correlation, anyHandoff()));
        };
        if (isOwn && templateOf(forged) == HelloDecoder.TEMPLATE_ID) {
            hellos++;
            copiedHellos++;
        }
        to.forge(source, forged);
    }

    private byte[] told(int at, String what, byte[] forged) {
        cluster.oracle().seen(at, what, forged.length);
        return forged;
    }

    private HandoffId anyHandoff() {
        List<Attempt> attempts = cluster.attempts();
        return attempts.isEmpty() ? HandoffId.NONE : attempts.get(chance.below(attempts.size())).id;
    }

    /** Its own node says something. */
    void onSaid(DirectBuffer message, int offset) {
        if (templateOf(message, offset) == HelloDecoder.TEMPLATE_ID) {
            hellos++;
        }
    }

    /**
     * A node of the cluster answers it. Section 8 has it told that there is no session, once for each Hello at most. To a copy of a Hello its acceptor proves
     * itself first, as it did to whom that came from; it says goodbye when nobody has proved anything in time.
     */
    void onAnswered(DirectBuffer message, int offset) {
        int template = templateOf(message, offset);
        cluster.oracle().seen(cluster.memberCount(), "stranger-answered", template);
        boolean isRefusal = template == HelloRefusedDecoder.TEMPLATE_ID && ++refusals <= hellos;
        boolean isToCopy = copiedHellos > 0 && (template == HelloAckDecoder.TEMPLATE_ID || template == GoodbyeDecoder.TEMPLATE_ID);
        if (!isRefusal && !isToCopy) {
            throw new Violation("S15", "a stranger is told something: " + Wire.name(template) + " hellos=" + hellos + " refusals=" + refusals);
        }
    }

    void close() {
        if (node != null) {
            node.close();
        }
    }
}
