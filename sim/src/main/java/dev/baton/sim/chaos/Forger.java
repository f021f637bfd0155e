package dev.baton.sim.chaos;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

import dev.baton.sim.time.Chance;
import dev.baton.transport.secret.HmacKey;
import dev.baton.transport.secret.Sealer;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.AbortEncoder;
import dev.baton.transport.wire.CancelEncoder;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HandoffKeyEncoder;
import dev.baton.transport.wire.HelloCodec;
import dev.baton.transport.wire.MessageHeaderEncoder;
import dev.baton.transport.wire.OutcomeEncoder;
import dev.baton.transport.wire.OutcomeKind;

/** Makes control messages that nobody must believe: of some that were said, or whole, under another secret's seal or none. */
final class Forger {
    static final SharedSecret OTHER = SharedSecret.of("known to no node of any seed".getBytes(StandardCharsets.US_ASCII));
    private static final int CHANGES_MAX = 4;
    private static final int SEQUENCE_MAX = 4_096;
    private static final int RESERVATIONS_MAX = 32;

    private final Chance chance;
    private final Sealer sealer = new Sealer(Frames.LENGTH_MAX);
    private final HmacKey handshakeKey = OTHER.handshakeKey();
    private final HmacKey sessionKey = OTHER.sessionKeys(new byte[SharedSecret.PROOF_BYTES]).control(SharedSecret.DIALLER);
    private final HelloCodec codec = new HelloCodec();
    private final MutableDirectBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    Forger(Chance chance) {
        this.chance = chance;
    }

    /** Some bytes are others, of header, envelope, trailer or anywhere; now and then some are missing at the end, or are too many. */
    byte[] altered(byte[] message) {
        byte[] copy = chance.below(8) == 0 ? Arrays.copyOf(message, (int) chance.between(0, message.length + Frames.TRAILER_LENGTH)) : message.clone();
        int changes = 1 + chance.below(CHANGES_MAX);
        for (int i = 0; i < changes && copy.length > 0; i++) {
            int at = switch (chance.below(4)) {
                case 0 -> chance.below(Frames.HEADER_LENGTH);
                case 1 -> Frames.HEADER_LENGTH + chance.below(Frames.ENVELOPE_LENGTH);
                case 2 -> copy.length - 1 - chance.below(Frames.TRAILER_LENGTH);
                default -> chance.below(copy.length);
            };
            copy[Math.clamp(at, 0, copy.length - 1)] ^= (byte) (1 + chance.below(255));
        }
        return copy;
    }

    /** To another process, on another session. */
    byte[] readdressed(byte[] message, long toIncarnation, long sessionId) {
        byte[] copy = message.clone();
        UnsafeBuffer fields = new UnsafeBuffer(copy);
        fields.putLong(Frames.TO_INCARNATION_OFFSET, toIncarnation, ByteOrder.LITTLE_ENDIAN);
        fields.putLong(Frames.SESSION_OFFSET, sessionId, ByteOrder.LITTLE_ENDIAN);
        return copy;
    }

    /** Under no seal, or one by another secret. */
    byte[] sealed(byte[] message) {
        byte[] copy = message.clone();
        int seal = chance.below(3);
        if (seal == 0) {
            Arrays.fill(copy, copy.length - Frames.TRAILER_LENGTH, copy.length, (byte) 0);
        } else {
            sealer.seal(seal == 1 ? handshakeKey : sessionKey, seal == 1 ? 0 : chance.between(1, SEQUENCE_MAX), new UnsafeBuffer(copy), 0, copy.length);
            sealer.sealed().getBytes(0, copy);
        }
        return copy;
    }

    /** One that ends something, asks something or opens something, by nobody's order. */
    byte[] madeUp(long toIncarnation, long sessionId, long correlation, HandoffId handoff) {
        return sealed(switch (chance.below(9)) {
            case 0 -> copy(codec.buffer(), codec.goodbye(toIncarnation, sessionId, EndReason.SHUTDOWN.code()));
            case 1 -> copy(codec.buffer(), codec.keepAlive(toIncarnation, sessionId));
            case 2 -> copy(codec.buffer(), codec.stale(toIncarnation, sessionId, correlation,
                chance.below(2) == 0 ? StaleWhat.SESSION : StaleWhat.INCARNATION, CancelEncoder.TEMPLATE_ID, chance.nextLong()));
            case 3 -> copy(codec.buffer(), codec.statsRequest(toIncarnation, sessionId, correlation));
            case 4 -> readdressed(copy(codec.buffer(), codec.refused(toIncarnation, correlation, EndReason.AUTHENTICATION.code(), 0, 0, "")), toIncarnation, sessionId);
            case 5 -> copy(codec.buffer(), codec.done(toIncarnation, sessionId, correlation, new byte[SharedSecret.PROOF_BYTES]));
            case 6 -> cancel(toIncarnation, sessionId, handoff);
            case 7 -> abort(toIncarnation, sessionId, handoff);
            default -> outcome(toIncarnation, sessionId, handoff);
        });
    }

    private byte[] cancel(long toIncarnation, long sessionId, HandoffId handoff) {
        CancelEncoder cancel = begin(new CancelEncoder(), toIncarnation, sessionId);
        put(cancel.handoff(), handoff);
        cancel.reason((short) EndReason.CANCELLED.code()).to((short) (1 + chance.below(2)));
        return end(cancel);
    }

    private byte[] abort(long toIncarnation, long sessionId, HandoffId handoff) {
        AbortEncoder abort = begin(new AbortEncoder(), toIncarnation, sessionId);
        put(abort.handoff(), handoff);
        abort.reservation().incarnation(toIncarnation).counter(chance.between(1, RESERVATIONS_MAX));
        abort.part(0).reason((short) EndReason.CORRUPT.code()).putDetail(new byte[0], 0, 0);
        return end(abort);
    }

    private byte[] outcome(long toIncarnation, long sessionId, HandoffId handoff) {
        OutcomeEncoder outcome = begin(new OutcomeEncoder(), toIncarnation, sessionId);
        put(outcome.handoff(), handoff);
        outcome.reservation().incarnation(chance.nextLong()).counter(chance.between(1, RESERVATIONS_MAX));
        outcome.kind(OutcomeKind.DELIVERED).reason((short) EndReason.NONE.code()).putDetail(new byte[0], 0, 0);
        return end(outcome);
    }

    private static void put(HandoffKeyEncoder key, HandoffId id) {
        key.tenant(id.tenant()).requestHigh(id.requestHigh()).requestLow(id.requestLow()).attempt(Integer.toUnsignedLong(id.attempt()));
    }

    private <E extends MessageEncoderFlyweight> E begin(E encoder, long toIncarnation, long sessionId) {
        buffer.setMemory(0, Frames.HEADER_LENGTH + encoder.sbeBlockLength(), (byte) 0);
        header.wrap(buffer, 0).blockLength(encoder.sbeBlockLength()).templateId(encoder.sbeTemplateId()).schemaId(encoder.sbeSchemaId())
            .version(encoder.sbeSchemaVersion());
        buffer.putLong(Frames.TO_INCARNATION_OFFSET, toIncarnation, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(Frames.SESSION_OFFSET, sessionId, ByteOrder.LITTLE_ENDIAN);
        encoder.wrap(buffer, Frames.HEADER_LENGTH);
        return encoder;
    }

    private byte[] end(MessageEncoderFlyweight encoder) {
        int length = Frames.HEADER_LENGTH + encoder.encodedLength() + Frames.TRAILER_LENGTH;
        buffer.setMemory(length - Frames.TRAILER_LENGTH, Frames.TRAILER_LENGTH, (byte) 0);
        return copy(buffer, length);
    }

    private static byte[] copy(DirectBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.getBytes(0, bytes);
        return bytes;
    }
}
