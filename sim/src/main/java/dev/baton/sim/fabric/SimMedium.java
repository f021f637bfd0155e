package dev.baton.sim.fabric;

import java.util.ArrayDeque;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.node.ControlMedium;
import dev.baton.transport.node.ControlPath;
import dev.baton.transport.node.FrameListener;
import dev.baton.transport.node.FrameSource;

/** Carries a process's control messages: what has arrived waits here until its control agent polls. */
final class SimMedium implements ControlMedium {
    /** {@code bytes} is null for the end of that source. */
    private record Arrival(FrameSource source, UnsafeBuffer bytes, boolean isForged) {}

    private final SimProcess process;
    private final ArrayDeque<Arrival> inbound = new ArrayDeque<>();

    SimMedium(SimProcess process) {
        this.process = process;
    }

    @Override
    public int localPort() {
        return process.port();
    }

    @Override
    public ControlPath open(String host, int port) {
        return new SimPath(process, host, port);
    }

    @Override
    public int poll(FrameListener listener, int limit) {
        int count = 0;
        Arrival arrival;
        while (count < limit && (arrival = inbound.poll()) != null) {
            count++;
            if (arrival.bytes == null) {
                listener.onSourceGone(arrival.source);
            } else {
                tell(arrival);
                listener.onFrame(arrival.source, arrival.bytes, 0, arrival.bytes.capacity());
            }
        }
        return count;
    }

    private void tell(Arrival arrival) {
        FabricListener listener = process.fabric().listener();
        if (arrival.isForged) {
            listener.onForged(process, arrival.source, arrival.bytes, 0, arrival.bytes.capacity());
        } else {
            listener.onHeard(process, arrival.source, arrival.bytes, 0, arrival.bytes.capacity());
        }
    }

    void arrived(FrameSource source, UnsafeBuffer bytes) {
        inbound.add(new Arrival(source, bytes, false));
        process.wake();
    }

    /** As {@link #arrived}, of what no process said. */
    void forged(FrameSource source, UnsafeBuffer bytes) {
        inbound.add(new Arrival(source, bytes, true));
        process.wake();
    }

    void gone(FrameSource source) {
        inbound.add(new Arrival(source, null, false));
        process.wake();
    }

    @Override
    public void close() {
        inbound.clear();
    }
}
