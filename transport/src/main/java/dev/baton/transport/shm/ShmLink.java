package dev.baton.transport.shm;

import dev.baton.memory.Copier;
import dev.baton.memory.Region;
import dev.baton.memory.RegionException;
import dev.baton.memory.Regions;
import dev.baton.transport.LaneMark;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneLink;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Copies straight into the peer's slabs. Each write is whole when it returns: copied, its CRC known, its stores fenced;
 * so what a mark announces is there for every processor before the mark is.
 */
final class ShmLink extends LaneLink {
    /** One copy's length: enough for stores past the caches, a fifth of a millisecond of the agent's time. */
    static final int WRITE_BYTES_MAX = 4 << 20;
    /** The ring's file is looked for once in so many polls. */
    private static final int LOOK_MASK = 15;

    private final TransportContext transport;
    private final PeerSlabs slabs;
    private final Copier copier;
    private final Path ringFile;
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[MarkRing.FRAME_BYTES_MAX]);
    private long[] slabAddresses;
    private long[] slabBytes;
    private Region ringRegion;
    private MarkRing ring;
    private long position;
    private int pollCount;

    ShmLink(TransportContext transport, LinkContext context, PeerSlabs slabs) {
        super(context);
        this.transport = transport;
        this.slabs = slabs;
        this.copier = transport.copier();
        this.ringFile =
            ShmFiles.ring(transport.sharedMemoryDir(), context.peerIncarnation(), context.sessionId(), context.lane());
        try {
            slabAddresses = slabs.hold(context);
            slabBytes = new long[slabAddresses.length];
            for (RemoteSlab slab : context.slabs()) {
                slabBytes[slab.slab()] = slab.lengthBytes();
            }
        } catch (RegionException | IllegalArgumentException ex) {
            // The second is a length that no file can have; it came from the peer.
            end("peer's slab cannot be mapped: " + ex.getMessage());
        }
    }

    @Override
    public boolean isOneSided() {
        return true;
    }

    @Override
    public int writeLengthMax() {
        return WRITE_BYTES_MAX;
    }

    @Override
    public long write(long source, Placement target) {
        if (!isUsable()) {
            return refusal();
        }
        int lengthBytes = Math.min(target.lengthBytes(), WRITE_BYTES_MAX);
        long address = addressOf(target, lengthBytes);
        target.crc(copier.copyWithCrc(source, address, lengthBytes, target.crc()));
        position += lengthBytes;
        ring.senderPosition(position);
        return lengthBytes;
    }

    @Override
    public long mark(LaneMark mark) {
        if (!isUsable()) {
            return refusal();
        }
        proxy.putMark(frame, 0, mark);
        return ring.offer(frame, LaneFrameProxy.MARK_BYTES) ? 1 : BACK_PRESSURED;
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
        if (ring == null) {
            return (pollCount++ & LOOK_MASK) == 0 ? attach() : 0;
        }
        int state = ring.receiverState();
        if (state == MarkRing.CLOSED) {
            end("receiver closed the lane");
            return 1;
        }
        if (!isConnected() && state == MarkRing.ACCEPTED) {
            connected();
            return 1;
        }
        return 0;
    }

    /**
     * Looks for the ring, and asks to be let in. The file may be half made: then it has another length, or is not
     * announced.
     */
    private int attach() {
        if (ringFile.toFile().length() != MarkRing.FILE_BYTES) {
            return 0;
        }
        Region region;
        try {
            region = Regions.openFile(transport.ledger(), "transport.shm.ring-view", ringFile, MarkRing.FILE_BYTES,
                true);
        } catch (RegionException ex) {
            // Not whole yet, or just removed; a lane that never comes ends with its session.
            return 0;
        }
        MarkRing candidate = new MarkRing(region.address());
        if (!candidate.isAnnounced()) {
            region.close();
            return 0;
        }
        if (!candidate.attach()) {
            region.close();
            end("another sender has this lane");
            return 1;
        }
        ringRegion = region;
        ring = candidate;
        proxy.putOpen(frame, 0, context.sessionId(), context.lane(), context.tokenHigh(), context.tokenLow());
        ring.offer(frame, LaneFrameProxy.OPEN_BYTES);
        return 1;
    }

    private boolean isUsable() {
        return isConnected() && ring.receiverState() == MarkRing.ACCEPTED;
    }

    private long refusal() {
        if (isConnected()) {
            end("receiver closed the lane");
        }
        return unusable();
    }

    /** A place outside the peer's slabs is this process's own mistake, and must not become a store. */
    private long addressOf(Placement target, int lengthBytes) {
        int slab = target.slab();
        long offset = target.slabOffset();
        if (slab < 0 || slab >= slabBytes.length || offset < 0 || offset > slabBytes[slab] - lengthBytes
            || lengthBytes < 1) {
            throw new IllegalArgumentException("place lies outside the peer's slabs: slab=" + slab + " slabOffset=" +
                offset + " lengthBytes=" + target.lengthBytes() + " slabs=" + context.slabs());
        }
        return slabAddresses[slab] + offset;
    }

    @Override
    protected void release() {
        if (ring != null) {
            ring.senderPosition(position);
            ring.senderState(MarkRing.CLOSED);
            ring = null;
            ringRegion.close();
        }
        if (slabAddresses != null) {
            slabAddresses = null;
            slabs.release(context);
        }
    }
}
