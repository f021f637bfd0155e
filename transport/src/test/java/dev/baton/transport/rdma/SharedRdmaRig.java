package dev.baton.transport.rdma;

import dev.baton.transport.LinkContext;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.rdma.shared.SharedFaults;
import dev.baton.transport.rdma.shared.SharedVerbs;
import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The lanes of RDMA over devices of software that processes share, for the contract test; both ends are in this process. */
public final class SharedRdmaRig extends FaultyRdmaRig {
    private final SharedFaults faults = new SharedFaults();
    private final List<String> rails;
    private final boolean isEventDriven;
    private TransportContext last;

    public SharedRdmaRig() {
        this(List.of());
    }

    /** With a device for each of these addresses. */
    public SharedRdmaRig(List<String> rails) {
        super("rdma-sim");
        this.rails = rails;
        this.isEventDriven = false;
    }

    /** Whose inlets sleep until their device has something. */
    public static SharedRdmaRig byEvents() {
        return new SharedRdmaRig(true);
    }

    private SharedRdmaRig(boolean isEventDriven) {
        super("rdma-sim by events");
        this.rails = List.of();
        this.isEventDriven = isEventDriven;
    }

    /** What is posted arrives, and no answer to it. */
    public void deaf(boolean value) {
        faults.deaf(value);
    }

    /** The cable of one device is out. */
    public void down(int device, boolean value) {
        faults.down(device, value);
    }

    /** Whether the inlet lets somebody go on with a lane, by the first rail, who shows this token. */
    public boolean comesAgain(int port, long sessionId, int lane, long tokenHigh, long tokenLow, Runnable step) {
        TransportContext own = new TransportContext(last.incarnation() + 78, last.sharedMemoryDir(), null, last.copier(),
            last.ledger());
        byte[] open = new byte[LaneFrameProxy.OPEN_BYTES];
        new LaneFrameProxy().putOpen(new UnsafeBuffer(open), 0, sessionId, lane, tokenHigh, tokenLow);
        try (Verbs verbs = new SharedVerbs(own, 1, faults); ConnectionChannel channel = verbs.openChannel()) {
            ConnectionId id = channel.createId();
            id.resolveAddress("127.0.0.1", port, 1000);
            CompletionQueue queue = id.device().createQueue(8);
            id.createQueuePair(queue, 4, 4, 0);
            id.connect(5, LaneSetup.request(open, new LaneSetup.Place(1, 2, 3), true));
            int event;
            do {
                step.run();
                event = channel.poll();
            } while (event != ConnectionChannel.REJECTED && event != ConnectionChannel.ESTABLISHED);
            id.destroyQueuePair();
            id.destroy();
            queue.close();
            return event == ConnectionChannel.ESTABLISHED;
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    protected Transport open(TransportContext context) {
        last = context;
        TransportContext told = new TransportContext(context.incarnation(), context.sharedMemoryDir(), null, null, context.copier(),
            context.ledger(), false, new RdmaOptions(rails, isEventDriven));
        return new RdmaTransport(told, "rdma-sim", new SharedVerbs(context, Math.max(1, rails.size()), faults),
            RdmaSettings.DEFAULTS, rails);
    }

    @Override
    public RawLane raw(LinkContext context) {
        TransportContext own = new TransportContext(last.incarnation() + 77, last.sharedMemoryDir(), null, last.copier(),
            last.ledger());
        return new RawRdmaLane(new SharedVerbs(own, 1, faults), context.host(), context.port(), context.slabs().size());
    }

    @Override
    public void hold(boolean value) {
        faults.hold(value);
    }

    @Override
    public void down(boolean value) {
        faults.down(value);
    }

    @Override
    public int registeredCount() {
        return faults.registeredCount();
    }

    @Override
    public int queuePairCount() {
        return faults.queuePairCount();
    }
}
