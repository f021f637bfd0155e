package dev.baton.sim.fabric;

import org.agrona.DirectBuffer;

import dev.baton.transport.Placement;
import dev.baton.transport.node.FrameSource;

/** Sees everything that happens on the fabric, as nobody in a real cluster could. */
public interface FabricListener {
    /** A control message was handed to the medium of a process. */
    void onSaid(SimProcess from, DirectBuffer message, int offset, int length);

    /** A control message reached a process by that source. */
    void onHeard(SimProcess to, FrameSource source, DirectBuffer message, int offset, int length);

    /** A message reached a process that no process said: see {@link SimProcess#forge}. */
    void onForged(SimProcess to, FrameSource source, DirectBuffer message, int offset, int length);

    /** A lane took bytes in. */
    void onPosted(SimProcess from, long sessionId, Placement placement);

    /** A one-sided write is about to land; its bytes do so right after. */
    void onLanding(PendingWrite write, SimProcess target);

    /** A data agent let bytes of a frame in: they land right after. */
    void onAdmitted(SimProcess at, Placement placement);

    /** Bytes on their way are not those in the memory they were taken from, and nobody was told that they had gone. */
    void onSourceChanged(PendingWrite write);

    /** Something else that counts: a frame, a mark, a lane's end. */
    void onMoved(int kind, long what);

    /** Whether anybody reads the history, so that it pays to put words together. */
    boolean isTold();

    /** For whoever reads the history: a lane opened, was refused, failed or closed. Nothing follows from it. */
    void onLane(SimProcess at, String what);
}
