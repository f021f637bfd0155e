package dev.baton.transport.aeron;

import dev.baton.memory.Copier;
import dev.baton.transport.LaneMark;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneLink;
import dev.baton.transport.lane.LaneSealer;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.BufferClaim;

/**
 * The sending end of an Aeron lane: each fragment's place, then its bytes, copied with their CRC straight into the term
 * buffer. So a write is complete when it is accepted. A publication that lost its receiver once is not used again:
 * bytes may be missing.
 */
final class AeronLink extends LaneLink {
    /** Bounds the time of one write, not the length of a message: each fragment stands alone. */
    private static final int WRITE_BYTES_MAX = 1 << 20;

    private final Aeron aeron;
    private final Copier copier;
    private final LaneSealer sealerOrNull;
    private final LaneFrameProxy proxy;
    private final BufferClaim claim = new BufferClaim();
    private final long registrationId;
    private ExclusivePublication publication;
    private int fragmentBytesMax;
    private long position;

    AeronLink(Aeron aeron, BulkChannels channels, TransportContext transport, LinkContext context) {
        super(context);
        this.aeron = aeron;
        this.copier = transport.copier();
        this.sealerOrNull = LaneSealer.ofOrNull(transport, context, channels.isIpc() ? AeronTransport.SCHEME_IPC
            : AeronTransport.SCHEME);
        this.proxy = new LaneFrameProxy(sealerOrNull);
        this.registrationId = aeron.asyncAddExclusivePublication(channels.publication(context),
            channels.stream(context.port()));
    }

    @Override
    public boolean isOneSided() {
        return false;
    }

    @Override
    public int writeLengthMax() {
        return WRITE_BYTES_MAX;
    }

    @Override
    public long write(long source, Placement target) {
        if (!isConnected()) {
            return unusable();
        }
        int lengthBytes = Math.min(target.lengthBytes(), WRITE_BYTES_MAX);
        int doneBytes = 0;
        long result = 1;
        while (doneBytes < lengthBytes) {
            int taken = Math.min(fragmentBytesMax, lengthBytes - doneBytes);
            result = publication.tryClaim(proxy.dataHeaderBytes() + taken, claim);
            if (result < 0) {
                break;
            }
            proxy.putData(claim.buffer(), claim.offset(), target, doneBytes, taken);
            long at = claim.buffer().addressOffset() + claim.offset() + proxy.dataHeaderBytes();
            if (proxy.isSealing()) {
                target.crc(copier.crc(source + doneBytes, taken, target.crc()));
                proxy.sealData(claim.buffer(), claim.offset(), source + doneBytes, at, taken);
            } else {
                target.crc(copier.copyWithCrc(source + doneBytes, at, taken, target.crc()));
            }
            claim.commit();
            doneBytes += taken;
        }
        position += doneBytes;
        return doneBytes > 0 ? doneBytes : refusal(result);
    }

    @Override
    public long mark(LaneMark mark) {
        if (!isConnected()) {
            return unusable();
        }
        long result = publication.tryClaim(proxy.markBytes(), claim);
        if (result < 0) {
            return refusal(result);
        }
        proxy.putMark(claim.buffer(), claim.offset(), mark);
        claim.commit();
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
        if (publication == null) {
            return take();
        }
        if (!isConnected()) {
            return open();
        }
        if (!publication.isConnected()) {
            end("receiver is gone, or closed the lane");
            return 1;
        }
        return 0;
    }

    /** Takes the publication once the driver has made it. */
    private int take() {
        try {
            publication = aeron.getExclusivePublication(registrationId);
        } catch (AeronException ex) {
            end("publication refused: " + ex.getMessage());
            return 1;
        }
        if (publication == null) {
            return 0;
        }
        fragmentBytesMax = publication.maxPayloadLength() - proxy.dataHeaderBytes();
        return 1;
    }

    private int open() {
        if (publication.tryClaim(proxy.openBytes(), claim) < 0) {
            return 0;
        }
        proxy.putOpen(claim.buffer(), claim.offset(), context.sessionId(), context.lane(), context.tokenHigh(),
            context.tokenLow());
        claim.commit();
        connected();
        return 1;
    }

    /** What Aeron's answer means for a lane. */
    private long refusal(long result) {
        if (result == Publication.BACK_PRESSURED || result == Publication.ADMIN_ACTION) {
            return BACK_PRESSURED;
        }
        end("publication ended: result=" + Publication.errorString(result));
        return CLOSED;
    }

    @Override
    protected void release() {
        if (publication != null) {
            publication.close();
        } else {
            aeron.asyncRemovePublication(registrationId);
        }
        if (sealerOrNull != null) {
            sealerOrNull.close();
        }
    }
}
