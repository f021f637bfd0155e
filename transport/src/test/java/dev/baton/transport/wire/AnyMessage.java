package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.session.MessageListener;
import dev.baton.transport.session.Session;
import java.lang.reflect.Proxy;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;

/** Bytes as a peer may send them: what the check passes is read to its last field by every decoder that may meet it. */
final class AnyMessage {
    private static final Session NOBODY = (Session) Proxy.newProxyInstance(AnyMessage.class.getClassLoader(),
        new Class<?>[] {Session.class}, (_, method, _) -> method.getReturnType() == long.class ? (Object) 77L : null);

    private final int bodyEnd;

    private AnyMessage(int bodyEnd) {
        this.bodyEnd = bodyEnd;
    }

    /** One valid message of each template, trailers empty. */
    static List<byte[]> valid() {
        List<byte[]> messages = new ArrayList<>();
        for (int templateId = 0; templateId < 128; templateId++) {
            MessageShape shape = MessageCheck.shape(templateId);
            if (shape != null) {
                messages.add(EveryMessage.bytes(shape, 3, 4));
            }
        }
        return messages;
    }

    /** Orders or events of a gang, that many. */
    static byte[] records(int templateId, int count) {
        MessageShape shape = MessageCheck.shape(templateId);
        int entryBytes = shape.tail.getInt(0);
        int groupAt = Frames.HEADER_LENGTH + shape.blockLength;
        UnsafeBuffer message = new UnsafeBuffer(new byte[groupAt + 4 + count * entryBytes + Frames.TRAILER_LENGTH]);
        message.putBytes(0, EveryMessage.bytes(shape, 3, 4), 0, groupAt);
        message.putShort(groupAt, (short) entryBytes, ByteOrder.LITTLE_ENDIAN);
        message.putShort(groupAt + 2, (short) count, ByteOrder.LITTLE_ENDIAN);
        return message.byteArray();
    }

    /** Whether the check passed it. Throws whatever a decoder throws on what was passed, or reads that lies behind its body. */
    static boolean isReadIfPassed(byte[] bytes) {
        UnsafeBuffer message = new UnsafeBuffer(bytes);
        if (MessageCheck.validate(message, 0, bytes.length) != MessageCheck.Fault.NONE) {
            return false;
        }
        int blockLength = message.getShort(0, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int templateId = message.getShort(2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int version = message.getShort(6, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int bodyLength = bytes.length - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH;
        AnyMessage reading = new AnyMessage(bytes.length - Frames.TRAILER_LENGTH);
        MessageDecoderFlyweight ofThePlane = decoderOfThePlane(templateId);
        boolean isKnown = ofThePlane != null;
        for (MessageListener adapter : List.of(new SenderAdapter(reading.reader(SenderMessageListener.class)),
            new ReceiverAdapter(reading.reader(ReceiverMessageListener.class)), new GangAdapter(reading.reader(GangMessageListener.class)))) {
            isKnown |= adapter.onMessage(NOBODY, templateId, message, Frames.HEADER_LENGTH, blockLength, version, bodyLength);
        }
        // A CANCEL may name neither end.
        assertTrue(isKnown || templateId == CancelDecoder.TEMPLATE_ID, () -> "nobody reads it: templateId=" + templateId);
        if (ofThePlane != null) {
            reading.whole(ofThePlane.wrap(message, Frames.HEADER_LENGTH, blockLength, version));
        }
        if (templateId == HelloDecoder.TEMPLATE_ID || templateId == HelloAckDecoder.TEMPLATE_ID) {
            readIdentity(message, templateId, blockLength, version);
        }
        return true;
    }

    /** Null where the identity in it was refused, by name. */
    static HelloTelling readIdentity(UnsafeBuffer message, int templateId, int blockLength, int version) {
        HelloCodec codec = new HelloCodec();
        try {
            return templateId == HelloDecoder.TEMPLATE_ID
                ? codec.readHello(message, Frames.HEADER_LENGTH, blockLength, version)
                : codec.readAck(message, Frames.HEADER_LENGTH, blockLength, version);
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be"), ex::toString);
            return null;
        }
    }

    /** Of messages that the plane reads itself, or who asked it; null of any other. */
    private static MessageDecoderFlyweight decoderOfThePlane(int templateId) {
        return switch (templateId) {
            case HelloDecoder.TEMPLATE_ID -> new HelloDecoder();
            case HelloAckDecoder.TEMPLATE_ID -> new HelloAckDecoder();
            case HelloDoneDecoder.TEMPLATE_ID -> new HelloDoneDecoder();
            case HelloRefusedDecoder.TEMPLATE_ID -> new HelloRefusedDecoder();
            case GoodbyeDecoder.TEMPLATE_ID -> new GoodbyeDecoder();
            case KeepAliveDecoder.TEMPLATE_ID -> new KeepAliveDecoder();
            case StatsRequestDecoder.TEMPLATE_ID -> new StatsRequestDecoder();
            case StatsReplyDecoder.TEMPLATE_ID -> new StatsReplyDecoder();
            case StaleDecoder.TEMPLATE_ID -> new StaleDecoder();
            case PieceDecoder.TEMPLATE_ID -> new PieceDecoder();
            default -> null;
        };
    }

    /** A listener that reads each message to its end. */
    private <T> T reader(Class<T> listener) {
        return listener.cast(Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[] {listener},
            (_, _, arguments) -> {
                whole((MessageDecoderFlyweight) arguments[1]);
                return null;
            }));
    }

    /** Every field, and nothing behind the body. */
    private void whole(MessageDecoderFlyweight message) {
        assertFalse(message.toString().isEmpty());   // SBE writes out every field
        int end = Frames.HEADER_LENGTH + message.sbeDecodedLength();
        assertTrue(end <= bodyEnd, () -> "read behind its end: end=" + end + " bodyEnd=" + bodyEnd + " " + message);
        GangRecords records = new GangRecords();
        if (message instanceof GangOrdersDecoder orders) {
            for (GangOrdersDecoder.RecordsDecoder record : orders.sbeRewind().records()) {
                records.add(record.kind(), record.reservation(), record.a(), record.b(), record.c(), record.d());
            }
            assertEquals(orders.sbeRewind().records().count(), records.count());
        } else if (message instanceof GangEventsDecoder events) {
            for (GangEventsDecoder.RecordsDecoder record : events.sbeRewind().records()) {
                records.add(record.kind(), record.reservation(), record.a(), record.b(), record.c(), record.d());
            }
            assertEquals(events.sbeRewind().records().count(), records.count());
        }
    }
}
