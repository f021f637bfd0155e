package dev.baton.transport.node;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;

import dev.baton.transport.secret.HmacKey;
import dev.baton.transport.secret.Sealer;
import dev.baton.transport.session.ControlCounters.Kind;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.HelloAckDecoder;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloDoneDecoder;
import dev.baton.transport.wire.HelloRefusedDecoder;
import dev.baton.transport.wire.MessageCheck;
import dev.baton.transport.wire.StaleDecoder;

/**
 * The checks that come before a message means anything: length, schema, template, version, seal, then its parts.
 * Changes nothing but the replay window of the session whose seal was right. Control agent's thread; allocates nothing.
 * <pre>
 *   secret   trailer            admits
 *   none     zeros              everything
 *   set      0, handshake key   Hello, HelloAck, HelloDone, HelloRefused, Goodbye, Stale of incarnation or session
 *   set      n, session's key   everything else; each n once
 *   set      zeros              HelloRefused(AUTHENTICATION): from a peer with another secret, or with none
 * </pre>
 */
final class MessageGate {
    private final SessionTable sessions;
    private final Sealer sealer;
    private final HmacKey handshakeKey;

    /** Checks by this key of handshakes; null where no secret is set. */
    MessageGate(SessionTable sessions, Sealer sealer, HmacKey handshakeKey) {
        this.sessions = sessions;
        this.sealer = sealer;
        this.handshakeKey = handshakeKey;
    }

    /** Why the message must not be used, as the counter that says so; null if it may. */
    Kind whyDropped(DirectBuffer buffer, int offset, int length) {
        MessageCheck.Fault fault = MessageCheck.validateHead(buffer, offset, length, Frames.LENGTH_MAX);
        if (fault != MessageCheck.Fault.NONE) {
            return kindOf(fault);
        }
        int templateId = buffer.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        boolean isBlank = Sealer.isBlank(buffer, offset, length);
        Kind why = handshakeKey == null ? (isBlank ? null : Kind.DROPPED_SEAL)
            : isBlank && templateId == HelloRefusedDecoder.TEMPLATE_ID ? null
            : whyNotSealed(buffer, offset, length, templateId);
        if (why != null) {
            return why;
        }
        if (MessageCheck.validateBody(buffer, offset, length) != MessageCheck.Fault.NONE) {
            return Kind.DROPPED_MALFORMED;
        }
        return handshakeKey != null && isUnprovable(buffer, offset, length, templateId) ? Kind.DROPPED_SEAL : null;
    }

    private Kind whyNotSealed(DirectBuffer buffer, int offset, int length, int templateId) {
        if (Sealer.sequence(buffer, offset, length) == 0 || isHandshake(templateId)) {
            boolean isTheirs = isHandshake(templateId) || templateId == GoodbyeDecoder.TEMPLATE_ID
                || templateId == StaleDecoder.TEMPLATE_ID;
            return isTheirs && sealer.isSealed(handshakeKey, buffer, offset, length) ? null : Kind.DROPPED_SEAL;
        }
        PeerSession session =
            sessions.byId(buffer.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN));
        if (session == null) {
            return null;   // nobody can check it; the hub drops it as a message of an unknown session
        }
        return switch (session.seal.judge(buffer, offset, length)) {
            case FINE -> null;
            case WRONG -> Kind.DROPPED_SEAL;
            case AGAIN -> Kind.DROPPED_REPLAY;
        };
    }

    /** Says more than its seal allows: a stranger's refusal, or a STALE of a token that no session vouches for. */
    private static boolean isUnprovable(DirectBuffer buffer, int offset, int length, int templateId) {
        int body = offset + Frames.HEADER_LENGTH;
        if (templateId == HelloRefusedDecoder.TEMPLATE_ID) {
            int reason = buffer.getByte(body + HelloRefusedDecoder.reasonEncodingOffset()) & 0xFF;
            return Sealer.isBlank(buffer, offset, length) && reason != EndReason.AUTHENTICATION.code();
        }
        return templateId == StaleDecoder.TEMPLATE_ID && Sealer.sequence(buffer, offset, length) == 0
            && !StaleWhat.of(buffer.getByte(body + StaleDecoder.whatEncodingOffset()) & 0xFF).endsSession();
    }

    static boolean isHandshake(int templateId) {
        return templateId == HelloDecoder.TEMPLATE_ID || templateId == HelloAckDecoder.TEMPLATE_ID
            || templateId == HelloDoneDecoder.TEMPLATE_ID || templateId == HelloRefusedDecoder.TEMPLATE_ID;
    }

    private static Kind kindOf(MessageCheck.Fault fault) {
        return switch (fault) {
            case NONE, MALFORMED -> Kind.DROPPED_MALFORMED;
            case LENGTH -> Kind.DROPPED_LENGTH;
            case SCHEMA -> Kind.DROPPED_SCHEMA;
            case TEMPLATE -> Kind.DROPPED_TEMPLATE;
            case VERSION -> Kind.DROPPED_VERSION;
            case SEAL -> Kind.DROPPED_SEAL;
        };
    }
}
