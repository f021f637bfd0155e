package dev.baton.transport.wire;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

import dev.baton.platform.Require;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.LaneAddress;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Offer;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.StaleWhat;

/**
 * Identities to and from the handshake's messages, and the few messages that are sent before or beside a session. Not
 * thread-safe. Allocates: a handshake is rare.
 */
public final class HelloCodec {
    private static final int PROOF_LENGTH = ProofEncoder.ENCODED_LENGTH;
    private static final int ACK_PROOF_OFFSET = Frames.HEADER_LENGTH + HelloAckEncoder.proofEncodingOffset();
    private static final int DONE_PROOF_OFFSET = Frames.HEADER_LENGTH + HelloDoneEncoder.proofEncodingOffset();

    private final MutableDirectBuffer buffer = new ExpandableArrayBuffer(4_096);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final HelloEncoder hello = new HelloEncoder();
    private final HelloAckEncoder ack = new HelloAckEncoder();
    private final HelloDoneEncoder done = new HelloDoneEncoder();
    private final HelloRefusedEncoder refused = new HelloRefusedEncoder();
    private final GoodbyeEncoder goodbye = new GoodbyeEncoder();
    private final KeepAliveEncoder keepAlive = new KeepAliveEncoder();
    private final StaleEncoder stale = new StaleEncoder();
    private final StatsRequestEncoder statsRequest = new StatsRequestEncoder();
    private final StatsReplyEncoder statsReply = new StatsReplyEncoder();
    private final HelloDecoder helloDecoder = new HelloDecoder();
    private final HelloAckDecoder ackDecoder = new HelloAckDecoder();

    /** Holds the message that was encoded last, from offset 0. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** Encodes a Hello without a nonce; returns its length in bytes. */
    public int hello(long correlation, NodeIdentity self, int versionMin, int versionMax, long drainedThrough,
        int replyPort) {
        return hello(correlation, self, versionMin, versionMax, drainedThrough, replyPort, 0, 0);
    }

    /**
     * Encodes a Hello.
     *
     * @param nonceHigh   {@code nonceLow}: random, or 0 where no secret is set
     * @return its length in bytes
     */
    public int hello(long correlation, NodeIdentity self, int versionMin, int versionMax, long drainedThrough,
        int replyPort, long nonceHigh, long nonceLow) {
        begin(hello, 0, 0, correlation);
        hello.nonce().high(nonceHigh).low(nonceLow);
        hello.versionMin(versionMin).versionMax(versionMax).incarnation(self.incarnation()).hostId(self.hostId())
            .drainedThrough(drainedThrough).replyPort(replyPort).lanes(self.lanes()).extentBytes(self.extentBytes());
        hello.laneCipher(cipher(self));
        putRoles(hello.roles(), self);
        putTail(self);
        return end(hello);
    }

    /** Encodes the acceptor's answer, its proof still zeros; returns its length in bytes. */
    public int ack(long toIncarnation, long session, long correlation, NodeIdentity self, int versionMin,
        int versionMax, long drainedThrough, long nonceHigh, long nonceLow) {
        begin(ack, toIncarnation, session, correlation);
        ack.nonce().high(nonceHigh).low(nonceLow);
        ack.versionMin(versionMin).versionMax(versionMax).incarnation(self.incarnation()).hostId(self.hostId())
            .drainedThrough(drainedThrough).lanes(self.lanes()).extentBytes(self.extentBytes());
        ack.laneCipher(cipher(self));
        putRoles(ack.roles(), self);
        hello.wrap(buffer, Frames.HEADER_LENGTH).limit(ack.limit());   // from here on the two are alike
        putTail(self);
        ack.limit(hello.limit());
        return end(ack);
    }

    /** Puts the proof into the ack that was encoded last. */
    public void putAckProof(byte[] proof) {
        buffer.putBytes(ACK_PROOF_OFFSET, proof, 0, PROOF_LENGTH);
    }

    /** The proof in a checked HelloAck. */
    public static byte[] ackProof(DirectBuffer message) {
        return proof(message, ACK_PROOF_OFFSET);
    }

    /** The proof in a checked HelloDone. */
    public static byte[] doneProof(DirectBuffer message) {
        return proof(message, DONE_PROOF_OFFSET);
    }

    /** What both ends prove of a Hello or HelloAck: all of it but its proof and its trailer. */
    public static byte[] proved(DirectBuffer message, int length) {
        byte[] bytes = new byte[length - Frames.TRAILER_LENGTH];
        message.getBytes(0, bytes);
        if (message.getShort(2, ByteOrder.LITTLE_ENDIAN) == HelloAckEncoder.TEMPLATE_ID) {
            Arrays.fill(bytes, ACK_PROOF_OFFSET, ACK_PROOF_OFFSET + PROOF_LENGTH, (byte) 0);
        }
        return bytes;
    }

    private static byte[] proof(DirectBuffer message, int offset) {
        byte[] proof = new byte[PROOF_LENGTH];
        message.getBytes(offset, proof);
        return proof;
    }

    /** {@code proofOrNull}: 32 bytes, or null where no secret is set. */
    public int done(long toIncarnation, long session, long correlation, byte[] proofOrNull) {
        begin(done, toIncarnation, session, correlation);
        if (proofOrNull != null) {
            buffer.putBytes(DONE_PROOF_OFFSET, proofOrNull, 0, PROOF_LENGTH);
        }
        return end(done);
    }

    public int refused(long toIncarnation, long correlation, int reasonCode, int versionMin, int versionMax,
        String detail) {
        begin(refused, toIncarnation, 0, correlation);
        byte[] text = MessageProxy.utf8(detail);
        refused.reason((short) reasonCode).versionMin(versionMin).versionMax(versionMax).putDetail(text, 0,
            text.length);
        return end(refused);
    }

    public int goodbye(long toIncarnation, long session, int reasonCode) {
        begin(goodbye, toIncarnation, session, 0);
        goodbye.reason((short) reasonCode);
        return end(goodbye);
    }

    public int keepAlive(long toIncarnation, long session) {
        begin(keepAlive, toIncarnation, session, 0);
        return end(keepAlive);
    }

    /** The incarnation or the session that a message names is not current. */
    public int stale(long toIncarnation, long session, long correlation, StaleWhat what, int templateId,
        long currentIncarnation) {
        begin(stale, toIncarnation, session, correlation);
        stale.what((short) what.code()).templateId(templateId).incarnation(currentIncarnation);
        return end(stale);
    }

    public int statsRequest(long toIncarnation, long session, long correlation) {
        begin(statsRequest, toIncarnation, session, correlation);
        return end(statsRequest);
    }

    public int statsReply(long toIncarnation, long session, long correlation, String json) {
        begin(statsReply, toIncarnation, session, correlation);
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        statsReply.putJson(text, 0, text.length);
        return end(statsReply);
    }

    /**
     * Reads a checked Hello.
     *
     * @throws IllegalArgumentException if the identity in it is not one; the message names the value
     */
    public HelloTelling readHello(DirectBuffer from, int bodyOffset, int blockLength, int version) {
        HelloDecoder in = helloDecoder.wrap(from, bodyOffset, blockLength, version);
        NodeIdentity identity = identity(in, in.incarnation(), in.hostId(), in.roles(), in.lanes(), in.extentBytes(),
            in.laneCipher());
        return new HelloTelling(identity, in.versionMin(), in.versionMax(), in.drainedThrough(), in.replyPort(),
            in.nonce().high(), in.nonce().low());
    }

    /** Reads a checked HelloAck; as {@link #readHello}. */
    public HelloTelling readAck(DirectBuffer from, int bodyOffset, int blockLength, int version) {
        HelloAckDecoder in = ackDecoder.wrap(from, bodyOffset, blockLength, version);
        NodeIdentity identity = identity(helloDecoder.wrap(from, bodyOffset, blockLength, version), in.incarnation(),
            in.hostId(), in.roles(), in.lanes(), in.extentBytes(), in.laneCipher());
        return new HelloTelling(identity, in.versionMin(), in.versionMax(), in.drainedThrough(), 0, in.nonce().high(),
            in.nonce().low());
    }

    /** {@code tail}: stands behind the fixed fields, from where on Hello and HelloAck are alike. */
    private static NodeIdentity identity(HelloDecoder tail, long incarnation, long hostId, RolesDecoder roles, int lanes,
        long extentBytes, LaneCipher cipher) {
        List<Offer> offers = new ArrayList<>();
        HelloDecoder.OffersDecoder offersIn = tail.offers();
        most("offers", offersIn.count(), WireMaxima.OFFERS_MAX);
        for (HelloDecoder.OffersDecoder offer : offersIn) {
            offers.add(new Offer(offer.scheme(), offer.port(), offer.laneToken().high(), offer.laneToken().low(),
                new LaneAddress(offer.address().high(), offer.address().low())));
        }
        List<RemoteSlab> slabs = new ArrayList<>();
        HelloDecoder.SlabsDecoder slabsIn = tail.slabs();
        most("slabs", slabsIn.count(), WireMaxima.SLABS_MAX);
        for (HelloDecoder.SlabsDecoder slab : slabsIn) {
            slabs.add(slab(slab.slab(), slab.shard(), slab.lengthBytes(), slab.tier()));
        }
        String nodeId = tail.nodeId();
        byte[] layout = new byte[most("layout.length", tail.layoutLength(), WireMaxima.LAYOUT_LENGTH_MAX)];
        tail.getLayout(layout, 0, layout.length);
        return new NodeIdentity(nodeId, incarnation, hostId, Role.of(bits(roles)), lanes,
            most("extentBytes", extentBytes, WireMaxima.EXTENT_BYTES_MAX), offers, slabs,
            cipher == LaneCipher.AES_128_GCM, layout);
    }

    /** Offers, slabs, name and layout, from where the Hello encoder stands. */
    private void putTail(NodeIdentity self) {
        HelloEncoder.OffersEncoder offers = hello.offersCount(self.offers().size());
        for (Offer offer : self.offers()) {
            HelloEncoder.OffersEncoder next = offers.next().scheme(offer.scheme()).port(offer.port());
            next.laneToken().high(offer.laneTokenHigh()).low(offer.laneTokenLow());
            next.address().high(offer.address().high()).low(offer.address().low());
        }
        HelloEncoder.SlabsEncoder slabs = hello.slabsCount(self.slabs().size());
        for (RemoteSlab slab : self.slabs()) {
            slabs.next().slab(slab.slab()).shard(slab.shard()).tier(tier(slab)).lengthBytes(slab.lengthBytes());
        }
        byte[] nodeId = MessageProxy.utf8(self.nodeId());
        hello.putNodeId(nodeId, 0, nodeId.length).putLayout(self.layout(), 0, self.layout().length);
    }

    private static LaneCipher cipher(NodeIdentity self) {
        return self.isEncrypting() ? LaneCipher.AES_128_GCM : LaneCipher.NONE;
    }

    private static Tier tier(RemoteSlab slab) {
        return slab.isSpill() ? Tier.DISK : Tier.DRAM;
    }

    private static int most(String name, long value, int max) {
        return (int) Require.between(name, value, 0L, max);
    }

    private static RemoteSlab slab(int slab, int shard, long lengthBytes, Tier tier) {
        Require.between("slab", slab, 0, WireMaxima.SLAB_ID_MAX);
        Require.between("shard", shard, 0, WireMaxima.SHARDS_MAX - 1);
        Require.between("slab.lengthBytes", lengthBytes, 1L, WireMaxima.SLAB_BYTES_MAX);
        return new RemoteSlab(slab, shard, lengthBytes, tier == Tier.DISK);
    }

    private static int bits(RolesDecoder roles) {
        return roles.buffer().getByte(roles.offset()) & 0xFF;
    }

    private static void putRoles(RolesEncoder roles, NodeIdentity self) {
        roles.clear().prefill(self.hasRole(Role.PREFILL)).decode(self.hasRole(Role.DECODE))
            .scheduler(self.hasRole(Role.SCHEDULER)).observer(self.hasRole(Role.OBSERVER));
    }

    private void begin(MessageEncoderFlyweight encoder, long toIncarnation, long session, long correlation) {
        buffer.setMemory(0, Frames.HEADER_LENGTH + encoder.sbeBlockLength(), (byte) 0);
        header.wrap(buffer, 0).blockLength(encoder.sbeBlockLength()).templateId(encoder.sbeTemplateId())
            .schemaId(encoder.sbeSchemaId()).version(encoder.sbeSchemaVersion());
        buffer.putLong(Frames.TO_INCARNATION_OFFSET, toIncarnation, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(Frames.SESSION_OFFSET, session, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(Frames.CORRELATION_OFFSET, correlation, ByteOrder.LITTLE_ENDIAN);
        encoder.wrap(buffer, Frames.HEADER_LENGTH);
    }

    private int end(MessageEncoderFlyweight encoder) {
        int trailerOffset = Frames.HEADER_LENGTH + encoder.encodedLength();
        buffer.setMemory(trailerOffset, Frames.TRAILER_LENGTH, (byte) 0);
        return trailerOffset + Frames.TRAILER_LENGTH;
    }
}
