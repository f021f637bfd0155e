package dev.baton.transport.wire;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.session.Session;

/** One message of each template that travels on sessions, made from its shape: one entry in each group, 3 bytes in each data. */
public final class EveryMessage {
    private static final Set<Integer> HANDSHAKE = Set.of(HelloDecoder.TEMPLATE_ID, HelloAckDecoder.TEMPLATE_ID,
        HelloDoneDecoder.TEMPLATE_ID, HelloRefusedDecoder.TEMPLATE_ID);
    /** Handled by the plane itself. */
    private static final Set<Integer> OF_THE_PLANE = Set.of(GoodbyeDecoder.TEMPLATE_ID, KeepAliveDecoder.TEMPLATE_ID,
        StatsRequestDecoder.TEMPLATE_ID, PieceDecoder.TEMPLATE_ID, StaleDecoder.TEMPLATE_ID);

    private EveryMessage() {}

    public static boolean isOfThePlane(int templateId) {
        return OF_THE_PLANE.contains(templateId);
    }

    /** Sends them all, and returns how many. */
    public static int sendAll(Session session) {
        int count = 0;
        for (int templateId = 0; templateId < 128; templateId++) {
            MessageShape shape = MessageCheck.shape(templateId);
            if (shape != null && !HANDSHAKE.contains(templateId)) {
                byte[] message = bytes(shape, session.peer().incarnation(), session.id());
                session.send(new UnsafeBuffer(message), 0, message.length);
                count++;
            }
        }
        return count;
    }

    /** A valid message with an empty trailer. */
    static byte[] bytes(MessageShape shape, long toIncarnation, long sessionId) {
        List<byte[]> parts = new ArrayList<>();
        UnsafeBuffer head = new UnsafeBuffer(new byte[Frames.HEADER_LENGTH + shape.blockLength]);
        new MessageHeaderEncoder().wrap(head, 0).blockLength(shape.blockLength).templateId(shape.templateId)
            .schemaId(MessageHeaderEncoder.SCHEMA_ID).version(MessageHeaderEncoder.SCHEMA_VERSION);
        head.putLong(Frames.TO_INCARNATION_OFFSET, toIncarnation, ByteOrder.LITTLE_ENDIAN);
        head.putLong(Frames.SESSION_OFFSET, sessionId, ByteOrder.LITTLE_ENDIAN);
        parts.add(head.byteArray());
        for (int i = 0; i < shape.tail.size(); i++) {
            int part = shape.tail.getInt(i);
            UnsafeBuffer bytes = new UnsafeBuffer(new byte[part > 0 ? 4 + part : -part + 3]);
            if (part > 0) {
                bytes.putShort(0, (short) part, ByteOrder.LITTLE_ENDIAN);
                bytes.putShort(2, (short) 1, ByteOrder.LITTLE_ENDIAN);
            } else {
                bytes.putByte(0, (byte) 3);
            }
            parts.add(bytes.byteArray());
        }
        parts.add(new byte[Frames.TRAILER_LENGTH]);
        int length = parts.stream().mapToInt(part -> part.length).sum();
        byte[] message = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, message, at, part.length);
            at += part.length;
        }
        return message;
    }
}
