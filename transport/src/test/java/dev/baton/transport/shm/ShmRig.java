package dev.baton.transport.shm;

import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import org.agrona.DirectBuffer;

/** Shared memory, for the contract test; both ends are in one process here, each with its own mappings. */
public final class ShmRig extends LaneRig {
    public ShmRig() {
        super("shm");
    }

    @Override
    protected Transport open(TransportContext context) {
        return new ShmProvider().open(context);
    }

    @Override
    public RawLane raw(LinkContext context) {
        Region region = Regions.openFile(ledger(), "test.ring",
            ShmFiles.ring(directory(), context.peerIncarnation(), context.sessionId(), context.lane()), MarkRing.FILE_BYTES, true);
        MarkRing ring = new MarkRing(region.address());
        ring.attach();
        return new RawLane() {
            @Override
            public boolean offer(DirectBuffer frame, int lengthBytes) {
                return ring.offer(frame, Math.min(lengthBytes, MarkRing.FRAME_BYTES_MAX));
            }

            @Override
            public void close() {
                ring.senderState(MarkRing.CLOSED);
                region.close();
            }
        };
    }
}
