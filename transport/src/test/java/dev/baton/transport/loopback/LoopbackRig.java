package dev.baton.transport.loopback;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import org.agrona.DirectBuffer;

/** Loopback, for the contract test. */
public final class LoopbackRig extends LaneRig {
    private final LoopbackNetwork network = new LoopbackNetwork(256 << 10);

    public LoopbackRig() {
        super("loopback");
    }

    /** The wire, to break it. */
    public LoopbackNetwork network() {
        return network;
    }

    @Override
    protected Transport open(TransportContext context) {
        return new LoopbackProvider(network).open(context);
    }

    @Override
    public RawLane raw(LinkContext context) {
        LoopbackQueue queue = new LoopbackQueue(ledger(), network.queueBytes());
        network.reachableOrNull(context.port()).arrive(queue);
        return new RawLane() {
            @Override
            public boolean offer(DirectBuffer frame, int lengthBytes) {
                return queue.ring().write(LoopbackQueue.FRAME, frame, 0, lengthBytes);
            }

            @Override
            public void close() {
                queue.senderLeaves();
            }
        };
    }
}
