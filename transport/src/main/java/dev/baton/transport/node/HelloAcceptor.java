package dev.baton.transport.node;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.secret.Sealer;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloTelling;
import dev.baton.transport.wire.MessageCheck;

/**
 * The end of a handshake that answers: mints sessions, proves the secret first, and opens a session when its dialler
 * has proved it too. Until then it keeps one bounded entry and believes nothing. Control agent's thread.
 */
final class HelloAcceptor {
    private final ControlContext context;
    private final ControlMedium medium;
    private final SessionTable sessions;
    private final CycleTime time;
    private final ControlCounters counters;
    private final HelloCodec codec;
    private final Credentials credentials;
    private final Handshake handshake;
    private final Farewells farewells = new Farewells();
    private final HelloDoor door;
    private final HelloDecoder stranger = new HelloDecoder();
    private final long sessionBase;
    private long sessionCounter;

    HelloAcceptor(ControlContext context, ControlMedium medium, SessionTable sessions, CycleTime time,
        ControlCounters counters, HelloCodec codec, Credentials credentials, Handshake handshake) {
        this.context = context;
        this.medium = medium;
        this.sessions = sessions;
        this.time = time;
        this.counters = counters;
        this.codec = codec;
        this.credentials = credentials;
        this.handshake = handshake;
        door = new HelloDoor(time, context.hellosPerSecondMax());
        // 40 random bits, then a counter: ids of one minter rise, those of two do not meet.
        sessionBase = context.random().getAsLong() & 0x7FFF_FFFF_FF00_0000L;
    }

    /** Says what is still to be said to peers without a session. Returns a work count. */
    int poll() {
        return farewells.poll(time.nowNs);
    }

    void close() {
        farewells.close();
    }

    void onHello(FrameSource source, long helloCorrelation, DirectBuffer message, int blockLength, int version) {
        if (context.isDialOnly()) {
            counters.increment(Kind.DROPPED_HANDSHAKE);
            return;
        }
        if (!door.letsIn()) {
            counters.increment(Kind.DROPPED_RATE);
            return;
        }
        HelloTelling telling;
        try {
            telling = codec.readHello(message, Frames.HEADER_LENGTH, blockLength, version);
        } catch (IllegalArgumentException ex) {
            // Fits its template, but names no possible node; there is no port to answer at.
            counters.increment(Kind.HELLOS_REFUSED);
            return;
        }
        if (credentials.wasUsed(telling.nonceHigh())) {
            counters.increment(Kind.DROPPED_REPLAY);
            return;
        }
        PeerSession known = sessions.byIncarnation(telling.identity().incarnation());
        EndReason why = handshake.whyRefused(telling);
        if (why == EndReason.NONE && known == null) {
            why = sessions.size() >= context.sessionCountMax() ? EndReason.TOO_MANY_PEERS
                : sessions.pendingCount() >= context.pendingCountMax() ? EndReason.OVERLOADED : EndReason.NONE;
        }
        if (why != EndReason.NONE) {
            refuse(source, helloCorrelation, telling, why);
            return;
        }
        if (known != null && known.state == PeerSession.PENDING && known.helloCorrelation != helloCorrelation) {
            known.lose(EndReason.SESSION_LOST);   // the dialler gave that try up
            known.isPeerTold = true;
            known = null;
        }
        byte[] hello = Credentials.proved(message, message.capacity());
        if (known == null || known.state == PeerSession.CLOSED) {
            accept(source, helloCorrelation, telling, hello);
        } else if (known.state == PeerSession.OPEN) {
            // Its session stands, keys and all; that Hello learns which one it is.
            known.sendAsIs(new UnsafeBuffer(ack(known, helloCorrelation, telling, hello, null)));
        } else if (known.isAnswerTo(credentials.transcript(hello, Credentials.proved(new UnsafeBuffer(known.ack),
            known.ack.length)))) {
            known.sendAsIs(new UnsafeBuffer(known.ack));
        } else {
            counters.increment(Kind.DROPPED_HANDSHAKE);
        }
    }

    /** A Hello whose seal does not fit: told so if there is room, and no more is done about it. */
    void onStranger(FrameSource source, DirectBuffer buffer, int offset, int length) {
        int templateId = buffer.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        if (templateId != HelloDecoder.TEMPLATE_ID || context.isDialOnly()
            || MessageCheck.validateBody(buffer, offset, length) != MessageCheck.Fault.NONE) {
            return;
        }
        counters.increment(Kind.HELLOS_REFUSED);
        counters.increment(Kind.SECRETS_REFUSED);
        String why = !credentials.isSet() ? "this node has no secret, the peer has: give both the same --secret-file"
            : Sealer.isBlank(buffer, offset, length)
                ? "this node wants a secret, the peer gave none: give both the same --secret-file"
                : "the peer has another secret: give both the same --secret-file";
        door.warn(source.host(), why);
        stranger.wrap(buffer, offset + Frames.HEADER_LENGTH, buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF,
            buffer.getShort(offset + 6, ByteOrder.LITTLE_ENDIAN) & 0xFFFF);
        if (stranger.replyPort() != 0 && farewells.hasRoom() && door.mayRefuse()) {
            // Unsealed, and no word about this node: whoever reads it has proved nothing.
            int refusedLength = codec.refused(stranger.incarnation(), stranger.envelope().correlation(),
                EndReason.AUTHENTICATION.code(), 0, 0, why);
            byte[] refusal = new byte[refusedLength];
            codec.buffer().getBytes(0, refusal);
            farewells.add(medium.open(source.host(), stranger.replyPort()), new UnsafeBuffer(refusal), time.nowNs);
        }
    }

    private void accept(FrameSource source, long helloCorrelation, HelloTelling telling, byte[] hello) {
        long id = sessionBase + (++sessionCounter & 0xFF_FFFFL);
        PeerSession session = new PeerSession(id, telling, source.host(), telling.replyPort(),
            medium.open(source.host(), telling.replyPort()), source, false, helloCorrelation,
            handshake.commonVersion(telling), context, time, counters);
        sessions.add(session);
        session.ack = ack(session, helloCorrelation, telling, hello, session);
        session.sendAsIs(new UnsafeBuffer(session.ack));
    }

    /** The answer to a Hello, proved and sealed; {@code keyed} gets the keys that the two make, unless it is null. */
    private byte[] ack(PeerSession of, long helloCorrelation, HelloTelling telling, byte[] hello, PeerSession keyed) {
        int length = codec.ack(telling.identity().incarnation(), of.id(), helloCorrelation, context.identity(),
            context.versionMin(), context.versionMax(), handshake.drainedThrough(telling.identity().incarnation(), of.id() - 1), credentials.nonce(),
            credentials.nonce());
        if (credentials.isSet()) {
            byte[] transcript = credentials.transcript(hello, Credentials.proved(codec.buffer(), length));
            codec.putAckProof(credentials.proof(SharedSecret.ACCEPTOR, transcript));
            if (keyed != null) {
                keyed.transcript = transcript;
                credentials.key(keyed, SharedSecret.ACCEPTOR, transcript);
            }
        }
        return credentials.sealed(codec.buffer(), length);
    }

    void onHelloDone(FrameSource source, PeerSession session, DirectBuffer message) {
        if (!session.source.equals(source)) {
            counters.increment(Kind.DROPPED_SOURCE);
        } else if (session.state == PeerSession.PENDING) {
            if (credentials.isSet() && !credentials.isProof(SharedSecret.DIALLER, session.transcript,
                HelloCodec.doneProof(message))) {
                counters.increment(Kind.SECRETS_REFUSED);
                return;   // the one who can prove it may still come
            }
            credentials.used(session.nonceHigh());
            handshake.open(session);
        }
    }

    private void refuse(FrameSource source, long helloCorrelation, HelloTelling telling, EndReason why) {
        counters.increment(Kind.HELLOS_REFUSED);
        door.warn(source.host(), "nodeId=" + telling.identity().nodeId() + " reason=" + why.tag());
        if (telling.replyPort() == 0 || !farewells.hasRoom() || !door.mayRefuse()) {
            return;
        }
        int length = codec.refused(telling.identity().incarnation(), helloCorrelation, why.code(), context.versionMin(),
            context.versionMax(), "nodeId=" + context.identity().nodeId() + (why == EndReason.ENCRYPTION
                ? context.identity().isEncrypting() ? ": it encrypts, the dialler does not; give both --encrypt"
                : ": it does not encrypt, the dialler does; give both --encrypt" : ""));
        farewells.add(medium.open(source.host(), telling.replyPort()),
            new UnsafeBuffer(credentials.sealed(codec.buffer(), length)), time.nowNs);
    }
}
