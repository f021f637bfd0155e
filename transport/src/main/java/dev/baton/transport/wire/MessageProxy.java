package dev.baton.transport.wire;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.Session;

/**
 * The common half of the proxies: one buffer, filled again and again, and sent. Not thread-safe: one agent owns a
 * proxy. Allocates nothing once its buffer has grown to the longest message.
 */
public abstract class MessageProxy {
    private static final DirectBuffer NOTHING = new UnsafeBuffer(new byte[0]);

    private static final int LENGTH_INITIAL = 4 << 10;

    private final ExpandableDirectByteBuffer buffer = new ExpandableDirectByteBuffer(LENGTH_INITIAL);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private Session session;

    MessageProxy() {}

    /** Opens a message: header and envelope are written, its other fields are zero. */
    final <E extends MessageEncoderFlyweight> E begin(E encoder, Session to, long correlation) {
        session = to;
        buffer.setMemory(0, Frames.HEADER_LENGTH + encoder.sbeBlockLength(), (byte) 0);
        header.wrap(buffer, 0).blockLength(encoder.sbeBlockLength()).templateId(encoder.sbeTemplateId())
            .schemaId(encoder.sbeSchemaId()).version(encoder.sbeSchemaVersion());
        buffer.putLong(Frames.TO_INCARNATION_OFFSET, to.peer().incarnation(), ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(Frames.SESSION_OFFSET, to.id(), ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(Frames.CORRELATION_OFFSET, correlation, ByteOrder.LITTLE_ENDIAN);
        encoder.wrap(buffer, Frames.HEADER_LENGTH);
        return encoder;
    }

    /** Closes the message with an empty trailer and sends it; the session seals it. */
    final void end(MessageEncoderFlyweight encoder) {
        int trailerOffset = Frames.HEADER_LENGTH + encoder.encodedLength();
        buffer.setMemory(trailerOffset, Frames.TRAILER_LENGTH, (byte) 0);
        Session to = session;
        session = null;
        to.send(buffer, 0, trailerOffset + Frames.TRAILER_LENGTH);
    }

    /** Bytes left before the message would have to travel in pieces. */
    final int roomBytes(MessageEncoderFlyweight encoder) {
        return Frames.LENGTH_MAX - Frames.TRAILER_LENGTH - Frames.HEADER_LENGTH - encoder.encodedLength();
    }

    static DirectBuffer orNothing(DirectBuffer data) {
        return data == null ? NOTHING : data;
    }

    /** UTF-8, cut to what a string on the wire may have; for details and names, which are off the hot path. */
    static byte[] utf8(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= WireMaxima.TEXT_LENGTH_MAX) {
            return bytes;
        }
        int length = WireMaxima.TEXT_LENGTH_MAX;
        while ((bytes[length] & 0xC0) == 0x80) {   // do not cut a character in two
            length--;
        }
        return java.util.Arrays.copyOf(bytes, length);
    }
}
