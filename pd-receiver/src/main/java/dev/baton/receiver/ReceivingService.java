package dev.baton.receiver;

import java.util.List;
import java.util.function.Consumer;

import org.agrona.concurrent.Agent;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.receiver.engine.EngineWatch;
import dev.baton.receiver.landing.Landings;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.node.NodeSetup;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.SenderProxy;

/**
 * The receiving role of a node, whether it allocates by itself or lends its memory to the leader of a gang: its slabs, its
 * data agents, its decode engine's port. Made by the launching thread; after that the control agent owns it, but for
 * {@link #port()}.
 */
abstract class ReceivingService implements NodeService {
    private static final System.Logger LOG = System.getLogger(ReceivingService.class.getName());
    private static final int ORDERS_PER_CYCLE_MAX = 256;

    final ReceiverContext context;
    final ReceiverMemory memory;
    final SenderProxy proxy = new SenderProxy();
    private final DecodePort port = new DecodePort();
    /** Made once: each cycle would make another. */
    private final Consumer<EngineOrder> onOrder = this::onOrder;
    private final EngineWatch engineWatch = new EngineWatch();
    /** Once prepared. */
    Landings landings;

    ReceivingService(ReceiverContext context) {
        this.context = context;
        memory = new ReceiverMemory(context);
    }

    /** The one that the context asks for. */
    static ReceivingService of(ReceiverContext context) {
        return context.gangLeaderOrNull() == null ? new ReceiverService(context) : new GangMemberService(context);
    }

    /** What the engine asked; the control agent's. */
    abstract void carryOut(EngineOrder order);

    /** Once prepared. */
    abstract ReceiverMetrics metrics();

    /** Once prepared; null where nothing is below the pool. */
    TierCounters tierOrNull() {
        return null;
    }

    /** Once prepared; the control agent's. */
    final ReservationLedger ledger() {
        return memory.ledger();
    }

    final DecodePort port() {
        return port;
    }

    /** What the engine asked, and what is seen of its process. */
    final int carryOutOrders(long nowNs) {
        int workCount = port.drain(onOrder, ORDERS_PER_CYCLE_MAX);
        EngineOrder seen = engineWatch.lookOrNull(nowNs);
        if (seen != null) {
            workCount++;
            if (seen instanceof EngineOrder.Lost) {
                engineLost("the decode engine's process is gone");
            } else {
                LOG.log(System.Logger.Level.INFO, "the decode engine's process is there");
                carryOut(seen);
            }
        }
        return workCount;
    }

    private void onOrder(EngineOrder order) {
        if (engineWatch.told(order)) {
            engineLost("another decode engine comes in place of a process that was there");
        }
        carryOut(order);
    }

    private void engineLost(String how) {
        LOG.log(System.Logger.Level.INFO, how);
        port.engineLost();
        carryOut(new EngineOrder.Lost());
    }

    @Override
    public final Role role() {
        return Role.DECODE;
    }

    @Override
    public final void declare(NodeSetup setup) {
        memory.declare(setup);
    }

    @Override
    public final List<Agent> dataAgents() {
        return landings.agents();
    }

    @Override
    public final boolean hasRoom() {
        return landings.hasRoom();
    }

    @Override
    public final void drain() {
        port.order(new EngineOrder.Drain());
    }

    @Override
    public final void shutdown() {
        port.order(new EngineOrder.Shutdown());
    }

    @Override
    public void close() {
        port.close();
        engineWatch.close();
        memory.close();
    }
}
