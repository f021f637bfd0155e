package dev.baton.transport.node;

import java.nio.ByteOrder;
import java.util.Arrays;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableRingBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.secret.SessionSeal;
import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.HelloTelling;
import dev.baton.transport.wire.MessageHeaderEncoder;
import dev.baton.transport.wire.PieceEncoder;

/**
 * A session at this end: its path, and the outbox for what the path does not take yet. Belongs to the control agent's
 * thread.
 */
final class PeerSession implements Session {
    static final int PENDING = 0;
    static final int OPEN = 1;
    static final int CLOSED = 2;

    private static final int OUTBOX_LENGTH_INITIAL = 16 << 10;
    private static final int PIECE_BYTES = 60 << 10;
    private static final int PIECE_HEADER_LENGTH = Frames.HEADER_LENGTH + PieceEncoder.BLOCK_LENGTH + Integer.BYTES;

    final ControlPath path;
    final FrameSource source;
    final PieceAssembler pieces = new PieceAssembler();
    /** The Hello that this session answers or came from. */
    final long helloCorrelation;
    int state = PENDING;
    boolean wasOpened;
    /** Both ends have it open: the listeners know of it. */
    boolean areListenersTold;
    boolean isPeerTold;
    long lastHeardNs;
    long lastSentNs;
    final long bornNs;
    /** Null where no secret is set, and before the handshake made its keys. */
    SessionSeal seal;
    /** Acceptor, until the session is open: its answer, and what that answer and its Hello come to. */
    byte[] ack;
    byte[] transcript;
    /** Dialler: its HelloDone, for an answer that comes again. */
    DirectBuffer done;

    private final long id;
    private final HelloTelling telling;
    private NodeIdentity peer;
    private long laneTokenHigh;
    private long laneTokenLow;
    private final String host;
    private final int port;
    private final long localIncarnation;
    private final boolean isDialled;
    private final int version;
    private final CycleTime time;
    private final ControlCounters counters;
    private final int outboxLengthMax;
    private final ExpandableRingBuffer.MessageConsumer outboxConsumer = this::offerFromOutbox;
    private ExpandableRingBuffer outbox;
    private long lastTakenNs;
    private UnsafeBuffer pieceBuffer;
    private PieceEncoder pieceEncoder;
    private long pieceMessage;
    private EndReason endReason = EndReason.NONE;
    private Object receiverState;

    PeerSession(long id, HelloTelling telling, String host, int port, ControlPath path, FrameSource source,
        boolean isDialled, long helloCorrelation, int version, ControlContext context, CycleTime time,
        ControlCounters counters) {
        this.id = id;
        this.telling = telling;
        this.peer = telling.identity();
        if (!context.identity().offers().isEmpty()) {   // without a secret: as HELLO tells everybody
            laneTokenHigh = context.identity().offers().getFirst().laneTokenHigh();
            laneTokenLow = context.identity().offers().getFirst().laneTokenLow();
        }
        this.host = host;
        this.port = port;
        this.path = path;
        this.source = source;
        this.isDialled = isDialled;
        this.helloCorrelation = helloCorrelation;
        this.version = version;
        this.localIncarnation = context.identity().incarnation();
        this.outboxLengthMax = context.outboxLengthMax();
        this.time = time;
        this.counters = counters;
        this.bornNs = time.nowNs;
        this.lastHeardNs = time.nowNs;
        this.lastSentNs = time.nowNs;
    }

    @Override
    public void send(DirectBuffer buffer, int offset, int length) {
        if (length < Frames.LENGTH_MIN || length > ControlPlane.MESSAGE_LENGTH_MAX) {
            throw new IllegalArgumentException("a message must be " + Frames.LENGTH_MIN + " to " +
                ControlPlane.MESSAGE_LENGTH_MAX + " bytes: lengthBytes=" + length);
        }
        if (state == CLOSED) {
            return;
        }
        counters.increment(ControlCounters.Kind.MESSAGES_SENT);
        counters.add(ControlCounters.Kind.BYTES_SENT, length);
        if (length <= Frames.LENGTH_MAX) {
            sendSealed(buffer, offset, length);
        } else {
            sendPieces(buffer, offset, length);
        }
    }

    /** Sends a message of the handshake, which is sealed already. */
    void sendAsIs(DirectBuffer buffer) {
        counters.increment(ControlCounters.Kind.MESSAGES_SENT);
        counters.add(ControlCounters.Kind.BYTES_SENT, buffer.capacity());
        sendWhole(buffer, 0, buffer.capacity());
    }

    /** Says one last thing past the outbox, if the path takes it now. */
    void sayLast(DirectBuffer buffer, int length) {
        path.offer(seal == null ? buffer : seal.seal(buffer, 0, length), 0, length);
    }

    /** Whether its answer to a Hello is the answer to one that makes this transcript; without a secret any is. */
    boolean isAnswerTo(byte[] ofHello) {
        return Arrays.equals(transcript, ofHello);
    }

    /** Of the peer's Hello or HelloAck. */
    long nonceHigh() {
        return telling.nonceHigh();
    }

    /** The handshake made keys: from here on all is sealed, and lanes open by tokens that only both ends know. */
    void keyed(SessionSeal sessionSeal, long[] ourLaneToken, long[] theirLaneToken) {
        seal = sessionSeal;
        laneTokenHigh = ourLaneToken[0];
        laneTokenLow = ourLaneToken[1];
        peer = telling.identity().withLaneToken(theirLaneToken[0], theirLaneToken[1]);
    }

    /** Offers what waits, oldest first, until the path takes no more. Returns messages taken. */
    int drainOutbox() {
        return outbox == null || outbox.isEmpty() ? 0 : outbox.consume(outboxConsumer, Integer.MAX_VALUE);
    }

    boolean isBackPressured() {
        return outbox != null && !outbox.isEmpty();
    }

    /** How long the path has taken nothing of what waits, in nanoseconds. */
    long backPressuredNs() {
        return isBackPressured() ? time.nowNs - lastTakenNs : 0;
    }

    @Override
    public void close(EndReason reason) {
        lose(reason);
    }

    /** Marks the session's end; the hub tells the listeners, and the peer unless it told us, at its next poll. */
    void lose(EndReason reason) {
        if (state != CLOSED) {
            state = CLOSED;
            endReason = reason;
        }
    }

    void open() {
        state = OPEN;
        ack = null;
        wasOpened = true;
        lastHeardNs = time.nowNs;
    }

    private void sendSealed(DirectBuffer buffer, int offset, int length) {
        if (seal == null) {
            sendWhole(buffer, offset, length);
        } else {
            sendWhole(seal.seal(buffer, offset, length), 0, length);
        }
    }

    private void sendWhole(DirectBuffer buffer, int offset, int length) {
        if (!isBackPressured()) {
            long taken = path.offer(buffer, offset, length);
            if (taken == ControlPath.ACCEPTED) {
                lastSentNs = time.nowNs;
                return;
            }
            if (taken == ControlPath.CLOSED) {
                lose(EndReason.SESSION_LOST);
                return;
            }
            lastTakenNs = time.nowNs;
        }
        counters.increment(ControlCounters.Kind.BACK_PRESSURED);
        if (outbox == null) {
            outbox = new ExpandableRingBuffer(OUTBOX_LENGTH_INITIAL, outboxLengthMax, false);
        }
        if (!outbox.append(buffer, offset, length)) {
            lose(EndReason.BACK_PRESSURE);
        }
    }

    private void sendPieces(DirectBuffer buffer, int offset, int length) {
        if (pieceBuffer == null) {
            pieceBuffer = new UnsafeBuffer(new byte[Frames.LENGTH_MAX]);
            pieceEncoder = new PieceEncoder();
            new MessageHeaderEncoder().wrap(pieceBuffer, 0).blockLength(PieceEncoder.BLOCK_LENGTH)
                .templateId(PieceEncoder.TEMPLATE_ID).schemaId(PieceEncoder.SCHEMA_ID)
                .version(PieceEncoder.SCHEMA_VERSION);
            pieceBuffer.putLong(Frames.TO_INCARNATION_OFFSET, peer().incarnation(), ByteOrder.LITTLE_ENDIAN);
            pieceBuffer.putLong(Frames.SESSION_OFFSET, id, ByteOrder.LITTLE_ENDIAN);
        }
        pieceMessage++;
        int count = (length + PIECE_BYTES - 1) / PIECE_BYTES;
        for (int i = 0; i < count && state != CLOSED; i++) {
            int done = i * PIECE_BYTES;
            int pieceLength = Math.min(PIECE_BYTES, length - done);
            pieceEncoder.wrap(pieceBuffer, Frames.HEADER_LENGTH).message(pieceMessage).index(i).count(count)
                .totalLength(length)
                .putBytes(buffer, offset + done, pieceLength);
            int trailerOffset = PIECE_HEADER_LENGTH + pieceLength;
            pieceBuffer.setMemory(trailerOffset, Frames.TRAILER_LENGTH, (byte) 0);
            sendSealed(pieceBuffer, 0, trailerOffset + Frames.TRAILER_LENGTH);
        }
    }

    private boolean offerFromOutbox(MutableDirectBuffer buffer, int offset, int length, int headOffset) {
        long taken = path.offer(buffer, offset, length);
        if (taken == ControlPath.ACCEPTED) {
            lastTakenNs = time.nowNs;
            lastSentNs = time.nowNs;
            return true;
        }
        if (taken == ControlPath.CLOSED) {
            lose(EndReason.SESSION_LOST);
        }
        return false;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public NodeIdentity peer() {
        return peer;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public long laneTokenHigh() {
        return laneTokenHigh;
    }

    @Override
    public long laneTokenLow() {
        return laneTokenLow;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public long localIncarnation() {
        return localIncarnation;
    }

    @Override
    public boolean isDialled() {
        return isDialled;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public long peerDrainedThrough() {
        return telling.drainedThrough();
    }

    @Override
    public boolean isOpen() {
        return state == OPEN;
    }

    @Override
    public EndReason endReason() {
        return endReason;
    }

    @Override
    public boolean isEndedByPeer() {
        return isPeerTold;
    }

    @Override
    public Object receiverState() {
        return receiverState;
    }

    @Override
    public void receiverState(Object value) {
        receiverState = value;
    }

    @Override
    public String toString() {
        return "session=" + Long.toHexString(id) + " host=" + host + " port=" + port + " state=" + state + " reason=" +
            endReason + " " + peer();
    }
}
