package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import javax.xml.parsers.DocumentBuilderFactory;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

import dev.baton.platform.ThreadAllocation;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;

class MessageCheckTest {
    private static final int FIRST_LANE_FRAME = 80;

    @Test
    void shouldKnowEachControlMessageOfTheSchemaByItsParts() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        NodeList messages;
        try (InputStream schema = MessageCheck.class.getResourceAsStream("baton.xml")) {
            messages = factory.newDocumentBuilder().parse(schema).getElementsByTagName("sbe:message");
        }
        int checked = 0;
        for (int i = 0; i < messages.getLength(); i++) {
            Element message = (Element) messages.item(i);
            int id = Integer.parseInt(message.getAttribute("id"));
            if (id < FIRST_LANE_FRAME) {
                MessageShape shape = MessageCheck.shape(id);
                assertNotNull(shape, message.getAttribute("name"));
                assertParts(message, shape);
                checked++;
            }
        }
        assertTrue(checked > 30);
    }

    private static void assertParts(Element message, MessageShape shape) {
        List<String> inSchema = new ArrayList<>();
        for (Node node = message.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element part && !part.getTagName().equals("field")) {
                inSchema.add(part.getTagName().equals("group") ? "group"
                    : part.getAttribute("type").equals("varStringEncoding") ? "text" : "data");
            }
        }
        List<String> inShape = new ArrayList<>();
        for (int i = 0; i < shape.tail.size(); i++) {
            int part = shape.tail.getInt(i);
            inShape.add(part > 0 ? "group" : part == -2 ? "text" : "data");
        }
        assertEquals(inSchema, inShape, message.getAttribute("name"));
    }

    @Test
    void shouldPassWhatItsOwnCodecWrites() {
        assertEquals(MessageCheck.Fault.NONE, MessageCheck.validate(hello(), 0, hello().capacity()));
    }

    @Test
    void shouldRefuseEachTruncationAndEachExtraByte() {
        UnsafeBuffer hello = hello();
        for (int length = 0; length < hello.capacity(); length++) {
            byte[] cut = new byte[length];
            hello.getBytes(0, cut, 0, length);
            assertTrue(MessageCheck.validate(new UnsafeBuffer(cut), 0, length) != MessageCheck.Fault.NONE, "length=" + length);
        }
        byte[] longer = new byte[hello.capacity() + 1];
        hello.getBytes(0, longer, 0, hello.capacity());
        assertEquals(MessageCheck.Fault.MALFORMED, MessageCheck.validate(new UnsafeBuffer(longer), 0, longer.length));
    }

    @Test
    void shouldRefuseLengthsThatLie() {
        for (int claimed : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 65_536, 5}) {
            UnsafeBuffer hello = hello();
            int layoutLengthOffset = hello.capacity() - Frames.TRAILER_LENGTH - 4 - Integer.BYTES;
            assertEquals(4, hello.getInt(layoutLengthOffset, ByteOrder.LITTLE_ENDIAN));
            hello.putInt(layoutLengthOffset, claimed, ByteOrder.LITTLE_ENDIAN);
            assertEquals(MessageCheck.Fault.MALFORMED, MessageCheck.validate(hello, 0, hello.capacity()), "claimed=" + claimed);
        }
    }

    @Test
    void shouldNameTheFirstCheckThatFailed() {
        UnsafeBuffer hello = hello();
        hello.putShort(4, (short) 1, ByteOrder.LITTLE_ENDIAN);
        hello.putShort(2, (short) 79, ByteOrder.LITTLE_ENDIAN);
        assertEquals(MessageCheck.Fault.SCHEMA, MessageCheck.validate(hello, 0, hello.capacity()));
        hello.putShort(4, (short) 4217, ByteOrder.LITTLE_ENDIAN);
        assertEquals(MessageCheck.Fault.TEMPLATE, MessageCheck.validate(hello, 0, hello.capacity()));
        hello.putShort(2, (short) 1, ByteOrder.LITTLE_ENDIAN);
        hello.putShort(6, (short) 0, ByteOrder.LITTLE_ENDIAN);
        assertEquals(MessageCheck.Fault.VERSION, MessageCheck.validate(hello, 0, hello.capacity()));
        hello.putShort(6, (short) 1, ByteOrder.LITTLE_ENDIAN);
        hello.putByte(hello.capacity() - 1, (byte) 1);
        assertEquals(MessageCheck.Fault.SEAL, MessageCheck.validate(hello, 0, hello.capacity()));
    }

    @Test
    void shouldNeverThrowNorAllocateOnAnyBytes() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("MessageCheckTest seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = new byte[2_048];
        UnsafeBuffer hello = hello();
        HelloCodec codec = new HelloCodec();
        int passed = fuzz(random, bytes, hello, codec, 20_000);
        assertTrue(passed > 0, "no mutation left the message valid: the fuzz never reaches the decoders");
        UnsafeBuffer exact = new UnsafeBuffer(bytes, 0, 300);
        random.nextBytes(bytes);
        // What the compiler removes once it has come to it: on a busy machine that may be late.
        long allocatedBytes = Long.MAX_VALUE;
        for (int round = 0; round < 50 && allocatedBytes != 0; round++) {
            long before = ThreadAllocation.currentThreadBytes();
            for (int i = 0; i < 20_000; i++) {
                bytes[i % 300] = (byte) (i * 31);
                MessageCheck.validate(exact, 0, 300);
            }
            allocatedBytes = ThreadAllocation.currentThreadBytes() - before;
        }
        assertEquals(0, allocatedBytes);
    }

    private static int fuzz(SplittableRandom random, byte[] bytes, UnsafeBuffer hello, HelloCodec codec, int rounds) {
        int passed = 0;
        for (int i = 0; i < rounds; i++) {
            int length = i % 2 == 0 ? random.nextInt(bytes.length) : hello.capacity();
            if (i % 2 == 0) {
                random.nextBytes(bytes);
                UnsafeBuffer whole = new UnsafeBuffer(bytes);
                whole.putShort(2, (short) random.nextInt(128), ByteOrder.LITTLE_ENDIAN);
                whole.putShort(4, (short) 4217, ByteOrder.LITTLE_ENDIAN);
                whole.putShort(6, (short) 1, ByteOrder.LITTLE_ENDIAN);
                if (length >= Frames.TRAILER_LENGTH) {
                    whole.setMemory(length - Frames.TRAILER_LENGTH, Frames.TRAILER_LENGTH, (byte) 0);
                }
            } else {
                hello.getBytes(0, bytes, 0, length);
                for (int k = random.nextInt(4); k >= 0; k--) {
                    bytes[random.nextInt(length)] = (byte) random.nextInt();
                }
            }
            byte[] exactBytes = java.util.Arrays.copyOf(bytes, length);   // one byte too far would throw
            DirectBuffer exact = new UnsafeBuffer(exactBytes);
            if (MessageCheck.validate(exact, 0, length) == MessageCheck.Fault.NONE && exact.getByte(2) == 1) {
                passed++;
                decode(codec, exact);
            }
        }
        return passed;
    }

    /** What the check passed, the decoder must be able to read to its end; only the identity's own rules may still refuse it. */
    private static void decode(HelloCodec codec, DirectBuffer exact) {
        try {
            assertNotNull(codec.readHello(exact, Frames.HEADER_LENGTH, exact.getShort(0, ByteOrder.LITTLE_ENDIAN), 1));
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be"), ex::toString);
        }
    }

    @Test
    void shouldTellTheTierOfEachSlab() {
        HelloCodec codec = new HelloCodec();
        NodeIdentity told = new NodeIdentity("node-1", 3, 4, java.util.EnumSet.of(Role.DECODE), 2, 4 << 20, List.of(),
            List.of(new RemoteSlab(0, 0, 1 << 20), new RemoteSlab(1, 0, 2 << 20, true)), new byte[] {9});
        codec.hello(9, told, 1, 1, 0, 40_000);
        assertEquals(told.slabs(), codec.readHello(codec.buffer(), Frames.HEADER_LENGTH, HelloEncoder.BLOCK_LENGTH, 1).identity().slabs());
        codec.ack(1, 2, 9, told, 1, 1, 0, 5, 6);
        assertEquals(told.slabs(), codec.readAck(codec.buffer(), Frames.HEADER_LENGTH, HelloAckEncoder.BLOCK_LENGTH, 1).identity().slabs());
    }

    private static UnsafeBuffer hello() {
        HelloCodec codec = new HelloCodec();
        int length = codec.hello(9, new NodeIdentity("node-1", 3, 4, java.util.EnumSet.of(Role.DECODE), 2, 4 << 20,
            List.of(new Offer("tcp", 1, 2, 3), new Offer("shm", 0, 2, 3)), List.of(new RemoteSlab(0, 0, 1 << 20)),
            new byte[] {9, 8, 7, 6}), 1, 1, 0, 40_000);
        byte[] bytes = new byte[length];
        codec.buffer().getBytes(0, bytes);
        return new UnsafeBuffer(bytes);
    }
}
