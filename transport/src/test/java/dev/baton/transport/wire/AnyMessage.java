package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    private AnyMessage() {}

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

    /** Whether the check passed it. Throws whatever a decoder throws on what was passed. */
    static boolean isReadIfPassed(byte[] bytes) {
        UnsafeBuffer message = new UnsafeBuffer(bytes);
        if (MessageCheck.validate(message, 0, bytes.length) != MessageCheck.Fault.NONE) {
            return false;
        }
        int blockLength = message.getShort(0, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int templateId = message.getShort(2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int version = message.getShort(6, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        int bodyLength = bytes.length - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH;
        new SenderAdapter(reader(SenderMessageListener.class)).onMessage(NOBODY, templateId, message,
            Frames.HEADER_LENGTH, blockLength, version, bodyLength);
        new ReceiverAdapter(reader(ReceiverMessageListener.class)).onMessage(NOBODY, templateId, message,
            Frames.HEADER_LENGTH, blockLength, version, bodyLength);
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

    /** A listener that reads each message to its end. */
    private static <T> T reader(Class<T> listener) {
        return listener.cast(Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[] {listener},
            (_, _, arguments) -> {
                assertNotNull(((MessageDecoderFlyweight) arguments[1]).toString());   // SBE writes out every field
                return null;
            }));
    }
}
