package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.RemoteSlab;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;

/** Control messages: any bytes are refused or read whole, and what is written is read back. */
class WirePropertyTest {
    private static final List<byte[]> VALID = AnyMessage.valid();

    @Property(tries = 2000)
    void shouldRefuseOrReadAnyBytes(@ForAll @Size(max = 300) byte[] bytes, @ForAll @IntRange(max = 70) int templateId,
        @ForAll @IntRange(max = 120) int blockLength) {
        if (bytes.length >= Frames.LENGTH_MIN) {
            UnsafeBuffer head = new UnsafeBuffer(bytes);
            head.putShort(0, (short) blockLength, ByteOrder.LITTLE_ENDIAN);
            head.putShort(2, (short) templateId, ByteOrder.LITTLE_ENDIAN);
            head.putShort(4, (short) MessageHeaderEncoder.SCHEMA_ID, ByteOrder.LITTLE_ENDIAN);
            head.setMemory(bytes.length - Frames.TRAILER_LENGTH, Frames.TRAILER_LENGTH, (byte) 0);
        }
        AnyMessage.isReadIfPassed(bytes);
    }

    @Property(tries = 3000)
    void shouldRefuseOrReadEachValidMessageWithChangedBytes(@ForAll @IntRange(max = 1000) int which,
        @ForAll @Size(max = 4) List<@IntRange(max = 0xFFFFFF) Integer> changes) {
        byte[] message = VALID.get(which % VALID.size()).clone();
        for (int change : changes) {
            int bodyBytes = message.length - Frames.TRAILER_LENGTH;
            message[(change >>> 8) % bodyBytes] = (byte) change;
        }
        boolean isPassed = AnyMessage.isReadIfPassed(message);
        assertTrue(isPassed || !changes.isEmpty(), "refused as it was made");
    }

    @Property(tries = 500)
    void shouldRefuseEveryCutOfAValidMessage(@ForAll @IntRange(max = 1000) int which, @ForAll int cut) {
        byte[] message = VALID.get(which % VALID.size());
        byte[] shorter = Arrays.copyOf(message, Math.floorMod(cut, message.length));

        assertFalse(AnyMessage.isReadIfPassed(shorter));
    }

    @Property(tries = 300)
    void shouldReadAnIdentityAsItWasTold(@ForAll("identities") NodeIdentity told, @ForAll long drainedThrough,
        @ForAll @IntRange(max = 65_535) int port, @ForAll long nonce, @ForAll boolean isAck) {
        HelloCodec codec = new HelloCodec();
        int length = isAck ? codec.ack(1, 2, 3, told, 1, 4, drainedThrough, nonce, 9)
            : codec.hello(3, told, 1, 4, drainedThrough, port, nonce, 9);
        byte[] bytes = new byte[length];
        codec.buffer().getBytes(0, bytes);
        UnsafeBuffer message = new UnsafeBuffer(bytes);
        assertEquals(MessageCheck.Fault.NONE, MessageCheck.validate(message, 0, length));

        HelloTelling read = AnyMessage.readIdentity(message, message.getShort(2, ByteOrder.LITTLE_ENDIAN),
            message.getShort(0, ByteOrder.LITTLE_ENDIAN), 1);

        assertEquals(told.toString(), read.identity().toString());
        assertEquals(told.offers(), read.identity().offers());
        assertEquals(told.slabs(), read.identity().slabs());
        assertArrayEquals(told.layout(), read.identity().layout());
        assertEquals(drainedThrough, read.drainedThrough());
        assertEquals(isAck ? 0 : port, read.replyPort());
        assertEquals(nonce, read.nonceHigh());
        assertEquals(4, read.versionMax());
    }

    @Provide
    static Arbitrary<NodeIdentity> identities() {
        Arbitrary<Long> words = Arbitraries.longs();
        Arbitrary<Offer> offers = Combinators.combine(
            Arbitraries.strings().withCharRange('!', '~').ofMinLength(1).ofMaxLength(Offer.SCHEME_LENGTH_MAX),
            Arbitraries.integers().between(0, 65_535), words, words).as(Offer::new);
        Arbitrary<RemoteSlab> slabs = Combinators.combine(
            Arbitraries.integers().between(0, WireMaxima.SLAB_ID_MAX), Arbitraries.integers().between(0, WireMaxima.SHARDS_MAX - 1),
            Arbitraries.longs().between(1, WireMaxima.SLAB_BYTES_MAX)).as(RemoteSlab::new);
        Arbitrary<Set<Role>> roles = Arbitraries.of(Role.values()).set().ofMinSize(1);
        return Combinators.combine(
            Arbitraries.strings().withCharRange('a', 'é').ofMinLength(1).ofMaxLength(NodeIdentity.NODE_ID_LENGTH_MAX),
            words.filter(word -> word != 0), words, roles, Arbitraries.integers().between(0, WireMaxima.LANES_MAX),
            offers.list().ofMaxSize(20), slabs.list().ofMaxSize(20),
            Arbitraries.bytes().array(byte[].class).ofMaxSize(200)).as((nodeId, incarnation, hostId, role, lanes, offer,
                slab, layout) -> new NodeIdentity(nodeId, incarnation, hostId, role, lanes, 4 << 20, offer, slab,
                layout));
    }
}
