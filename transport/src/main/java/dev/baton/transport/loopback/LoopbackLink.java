package dev.baton.transport.loopback;

import dev.baton.memory.Copier;
import dev.baton.transport.LaneMark;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneLink;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** The sending end of a loopback lane: copies into the lane's queue, so a write is complete when it is accepted. */
final class LoopbackLink extends LaneLink {
    private final LoopbackNetwork network;
    private final Copier copier;
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final int frameBytesMax;
    private LoopbackQueue queue;
    private long position;

    LoopbackLink(LoopbackNetwork network, TransportContext transport, LinkContext context) {
        super(context);
        this.network = network;
        this.copier = transport.copier();
        this.queue = new LoopbackQueue(transport.ledger(), network.queueBytes());
        this.frameBytesMax = queue.ring().maxMsgLength() - LaneFrameProxy.DATA_HEADER_BYTES;
    }

    @Override
    public boolean isOneSided() {
        return false;
    }

    @Override
    public int writeLengthMax() {
        return network.queueBytes();
    }

    @Override
    public long write(long source, Placement target) {
        long refusal = refusal();
        if (refusal != 0) {
            return refusal;
        }
        int doneBytes = 0;
        while (doneBytes < target.lengthBytes()) {
            int taken = Math.min(frameBytesMax, target.lengthBytes() - doneBytes);
            OneToOneRingBuffer ring = queue.ring();
            int index = ring.tryClaim(LoopbackQueue.FRAME, LaneFrameProxy.DATA_HEADER_BYTES + taken);
            if (index < 0) {
                break;
            }
            AtomicBuffer buffer = ring.buffer();
            proxy.putData(buffer, index, target, doneBytes, taken);
            target.crc(copier.copyWithCrc(source + doneBytes,
                buffer.addressOffset() + index + LaneFrameProxy.DATA_HEADER_BYTES, taken, target.crc()));
            ring.commit(index);
            doneBytes += taken;
        }
        position += doneBytes;
        return doneBytes == 0 ? BACK_PRESSURED : doneBytes;
    }

    @Override
    public long mark(LaneMark mark) {
        long refusal = refusal();
        if (refusal != 0) {
            return refusal;
        }
        int index = queue.ring().tryClaim(LoopbackQueue.FRAME, LaneFrameProxy.MARK_BYTES);
        if (index < 0) {
            return BACK_PRESSURED;
        }
        proxy.putMark(queue.ring().buffer(), index, mark);
        queue.ring().commit(index);
        return 1;
    }

    @Override
    public long acceptedPosition() {
        return position;
    }

    @Override
    public long completedPosition() {
        return position;
    }

    @Override
    public int poll() {
        if (isClosed()) {
            return 0;
        }
        if (queue.isCut() || queue.isReceiverGone()) {
            end(queue.isCut() ? "lane was cut" : "receiver closed the lane");
            return 1;
        }
        return isConnected() ? 0 : connect();
    }

    private int connect() {
        LoopbackInlet inlet = network.reachableOrNull(context.port());
        if (inlet == null) {
            return 0;
        }
        int index = queue.ring().tryClaim(LoopbackQueue.FRAME, LaneFrameProxy.OPEN_BYTES);
        proxy.putOpen(queue.ring().buffer(), index, context.sessionId(), context.lane(), context.tokenHigh(),
            context.tokenLow());
        queue.ring().commit(index);
        inlet.arrive(queue);
        connected();
        return 1;
    }

    private long refusal() {
        if (isClosed()) {
            return CLOSED;
        }
        if (queue.isCut() || queue.isReceiverGone()) {
            end(queue.isCut() ? "lane was cut" : "receiver closed the lane");
            return CLOSED;
        }
        return !isConnected() ? NOT_CONNECTED : network.isStalled() ? BACK_PRESSURED : 0;
    }

    @Override
    protected void release() {
        queue.senderLeaves();
        if (!wasConnected()) {
            queue.receiverLeaves();
        }
        queue = null;
    }
}
