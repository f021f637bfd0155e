package dev.baton.transport.rdma;

import dev.baton.transport.LaneRig;

/** Lanes over a device of software, whose faults the test switches. */
public abstract class FaultyRdmaRig extends LaneRig {
    protected FaultyRdmaRig(String name) {
        super(name);
    }

    /** Writes stay on their way. */
    public abstract void hold(boolean value);

    /** The cable is out. */
    public abstract void down(boolean value);

    public abstract int registeredCount();

    public abstract int queuePairCount();
}
