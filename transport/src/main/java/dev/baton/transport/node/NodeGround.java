package dev.baton.transport.node;

import java.util.Map;
import java.util.function.LongSupplier;

import org.agrona.concurrent.NanoClock;

import dev.baton.transport.Transport;
import dev.baton.transport.session.ControlPlane;

/**
 * What a node stands on: what carries its messages and bytes, its clock, its randomness. A real one is made by
 * {@link NodeRuntime#launch(NodeContext, java.util.List)}; a simulation hands in its own, and everything above stays
 * the same. Launching thread only.
 */
public interface NodeGround extends AutoCloseable {
    /** Names this process from start to end; not 0. */
    long incarnation();

    /** Equal for processes that share a host and its shared-memory directory. */
    long hostId();

    NanoClock clock();

    /** 64 bits at a time that a peer cannot guess. */
    LongSupplier random();

    /** Opens the context's transports, by scheme, the best first; they are the ground's to close. */
    Map<String, Transport> transports(NodeContext context);

    /** Opens the control plane; the node's agents close it. */
    ControlPlane open(ControlContext context);

    /** What an agent's failure means, where the ground knows better than its words; else the failure itself. */
    default Throwable explained(Throwable failure) {
        return failure;
    }

    @Override
    void close();

    /** A control plane over a medium of one's own. The context is concluded here. */
    static ControlPlane plane(ControlContext context, ControlMedium medium) {
        return new ControlHub(context.conclude(), medium);
    }
}
