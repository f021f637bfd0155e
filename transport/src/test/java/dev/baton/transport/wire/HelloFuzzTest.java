package dev.baton.transport.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.provider.MethodSource;

/** The first bytes that a stranger can make this process read: an identity in Hello or HelloAck. */
class HelloFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyIdentity(byte[] bytes) {
        if (bytes != null && bytes.length >= Frames.LENGTH_MIN) {
            UnsafeBuffer message = new UnsafeBuffer(bytes);
            message.putBytes(0, header(bytes[0] & 1));
            message.setMemory(bytes.length - Frames.TRAILER_LENGTH, Frames.TRAILER_LENGTH, (byte) 0);
            AnyMessage.isReadIfPassed(bytes);
        }
    }

    private static byte[] header(int isAck) {
        byte[] bytes = new byte[Frames.HEADER_LENGTH];
        boolean ack = isAck == 1;
        new MessageHeaderEncoder().wrap(new UnsafeBuffer(bytes), 0)
            .blockLength(ack ? HelloAckEncoder.BLOCK_LENGTH : HelloEncoder.BLOCK_LENGTH)
            .templateId(ack ? HelloAckEncoder.TEMPLATE_ID : HelloEncoder.TEMPLATE_ID)
            .schemaId(MessageHeaderEncoder.SCHEMA_ID).version(MessageHeaderEncoder.SCHEMA_VERSION);
        return bytes;
    }

    static Stream<byte[]> seeds() {
        NodeIdentity self = new NodeIdentity("node-1", 3, 4, EnumSet.of(Role.DECODE), 2, 4 << 20,
            List.of(new Offer("tcp", 1, 2, 3), new Offer("shm", 0, 2, 3)), List.of(new RemoteSlab(0, 0, 1 << 20)),
            new byte[] {9, 8, 7, 6});
        HelloCodec codec = new HelloCodec();
        byte[] hello = new byte[codec.hello(9, self, 1, 1, 0, 40_000)];
        codec.buffer().getBytes(0, hello);
        hello[0] = 0;
        byte[] ack = new byte[codec.ack(1, 2, 3, self, 1, 1, 0, 7, 8)];
        codec.buffer().getBytes(0, ack);
        ack[0] = 1;
        return Stream.of(hello, ack);
    }
}
