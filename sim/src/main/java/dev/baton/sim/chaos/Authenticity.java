package dev.baton.sim.chaos;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongHashSet;

import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Chance;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatsReplyDecoder;

/**
 * Holds nodes that have a secret to S15: what reaches a core was said with exactly those bytes by its session's peer, and is used once; sessions are with
 * nodes of the cluster, and end by a word of the peer only if the peer said one; nobody is told that a session is over which stands, and nothing is told
 * to who asks what nobody of the cluster asks.
 */
final class Authenticity {
    /** No process's incarnation. */
    private static final long NOBODY = 0;

    private final boolean isOn;
    /** Said and not used yet, each by who said it and all its bytes. */
    private final LongHashSet said = new LongHashSet();
    /** Processes of the cluster. */
    private final LongHashSet ours = new LongHashSet();
    /** Sessions that somebody has, by who, and who their peers are. */
    private final Long2LongHashMap open = new Long2LongHashMap(NOBODY);
    /** Sessions of which somebody said that they are over; by who. */
    private final LongHashSet over = new LongHashSet();
    private final StaleDecoder stale = new StaleDecoder();

    /** @param isOn whether the nodes have a secret */
    Authenticity(boolean isOn) {
        this.isOn = isOn;
    }

    /** Of all bytes but those behind the last whole eight. */
    static long hashOf(DirectBuffer buffer, int offset, int length) {
        long sum = length;
        int at = offset;
        for (; at + Long.BYTES <= offset + length; at += Long.BYTES) {
            sum = (sum ^ buffer.getLong(at, ByteOrder.LITTLE_ENDIAN)) * 0x9E37_79B9_7F4A_7C15L;
            sum ^= sum >>> 29;
        }
        return sum;
    }

    /** Of all bytes, as that process said them. */
    private static long keyOf(long incarnation, DirectBuffer message, int offset, int length) {
        long last = message.getLong(offset + length - Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        return keyOf(incarnation, hashOf(message, offset, length) + Chance.mix(last));
    }

    private static long keyOf(long incarnation, long what) {
        return Chance.mix(Chance.mix(incarnation) + what);
    }

    private static long sessionOf(DirectBuffer message, int offset) {
        return message.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    void onStarted(SimProcess process) {
        ours.add(process.incarnation());
    }

    void onSaid(SimProcess from, DirectBuffer message, int offset, int length) {
        if (!isOn) {
            return;
        }
        said.add(keyOf(from.incarnation(), message, offset, length));
        long session = keyOf(from.incarnation(), sessionOf(message, offset));
        switch (message.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN)) {
            case StatsReplyDecoder.TEMPLATE_ID -> throw new Violation("S15", "tells its numbers, and nobody asked for them: " + from);
            case GoodbyeDecoder.TEMPLATE_ID -> over.add(session);
            case StaleDecoder.TEMPLATE_ID -> {
                if (StaleWhat.of(stale.wrap(message, offset + Frames.HEADER_LENGTH, StaleDecoder.BLOCK_LENGTH, StaleDecoder.SCHEMA_VERSION).what()).endsSession()) {
                    over.add(session);
                    long peer = open.get(session);
                    // What its peer has ended is over from when that is read, which its listeners hear at the end of the cycle.
                    if (peer != NOBODY && !over.contains(keyOf(peer, sessionOf(message, offset)))) {
                        throw new Violation("S15", "calls a session stale that it has: " + from + " " + Wire.describe(message, offset, length));
                    }
                }
            }
            default -> { }
        }
    }

    /** It reaches the cores of that node. What came in pieces was put together there, and its pieces were looked at by nobody. */
    void onUsed(Member member, Session session, DirectBuffer message, int length) {
        if (isOn && length <= Frames.LENGTH_MAX && !said.remove(keyOf(session.peer().incarnation(), message, 0, length))) {
            throw new Violation("S15", "a message is used that its session's peer did not say, or said once and it is used twice: node=" + member.name() +
                " peer=" + session.peer().nodeId() + " " + Wire.describe(message, 0, length));
        }
    }

    void onSessionOpened(Member member, Session session) {
        if (isOn && !ours.contains(session.peer().incarnation())) {
            throw new Violation("S15", "a session with a stranger: node=" + member.name() + " " + session);
        }
        open.put(keyOf(member.process.incarnation(), session.id()), session.peer().incarnation());
    }

    void onSessionClosed(Member member, Session session) {
        open.remove(keyOf(member.process.incarnation(), session.id()));
        if (isOn && session.isEndedByPeer() && !over.contains(keyOf(session.peer().incarnation(), session.id()))) {
            throw new Violation("S15", "a session ends by a word that its peer never said: node=" + member.name() + " " + session);
        }
    }
}
