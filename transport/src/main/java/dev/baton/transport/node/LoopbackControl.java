package dev.baton.transport.node;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.session.ControlPlane;

/**
 * A network of control planes in one process, stepped by hand: messages wait in order until the plane they are for is
 * polled. The handshake, checks and outboxes are the real ones. Faults on demand. Single-threaded; copies each message.
 */
public final class LoopbackControl {
    private final Map<String, Medium> nodes = new HashMap<>();
    private final Set<String> held = new HashSet<>();
    private int pathCapacity = Integer.MAX_VALUE;
    private long deliveredCount;

    /** Opens a plane at the context's host and port; the host is any name, the port must not be 0. */
    public ControlPlane open(ControlContext context) {
        ControlContext concluded = context.conclude();
        String name = name(concluded.host(), concluded.port());
        if (concluded.port() == 0 || nodes.containsKey(name)) {
            throw new IllegalArgumentException("port must be free and not 0: " + name);
        }
        Medium medium = new Medium(name, concluded.host(), concluded.port());
        nodes.put(name, medium);
        return new ControlHub(concluded, medium);
    }

    /** From now on nothing reaches this address; what is sent waits, up to the capacity. */
    public void hold(String host, int port) {
        held.add(name(host, port));
    }

    /** Undoes {@link #hold}: what waited is delivered at the next poll, in order. */
    public void release(String host, int port) {
        held.remove(name(host, port));
    }

    /**
     * Takes a process away without a word: nothing more comes from it or reaches it. Its paths' other ends notice by
     * silence.
     */
    public void kill(String host, int port) {
        Medium medium = nodes.remove(name(host, port));
        if (medium != null) {
            medium.isDead = true;
            medium.inbound.clear();
        }
    }

    /** Most messages that one path keeps before it back-pressures. */
    public void pathCapacity(int messages) {
        pathCapacity = messages;
    }

    /** Messages handed to planes so far, over the whole network. */
    public long deliveredCount() {
        return deliveredCount;
    }

    private static String name(String host, int port) {
        return host + ":" + port;
    }

    /** {@code bytes} is null for the end of the path. */
    private record Message(Path path, DirectBuffer bytes) {}

    private final class Path implements ControlPath {
        private final Medium from;
        private final String to;
        private final FrameSource source;
        private Medium connected;
        private int waiting;
        private boolean isClosed;

        Path(Medium from, String to) {
            this.from = from;
            this.to = to;
            this.source = new FrameSource(from.host);
        }

        @Override
        public long offer(DirectBuffer buffer, int offset, int length) {
            if (isClosed) {
                return CLOSED;
            }
            if (connected == null || (connected.isDead && nodes.containsKey(to))) {
                connected = nodes.get(to);   // a new process at the same address gets what is sent from now on
                waiting = 0;
            }
            if (connected == null || waiting >= pathCapacity) {
                return BACK_PRESSURED;
            }
            if (connected.isDead || from.isDead) {
                return ACCEPTED;   // as packets to a dead host: gone, and nobody says so
            }
            byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            waiting++;
            connected.inbound.add(new Message(this, new UnsafeBuffer(bytes)));
            return ACCEPTED;
        }

        @Override
        public boolean isClosed() {
            return isClosed;
        }

        @Override
        public String whyNot() {
            return connected == null ? "nobody listens at " + to : "";
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                if (connected != null && !connected.isDead && !from.isDead) {
                    connected.inbound.add(new Message(this, null));   // the end of the path, behind everything on it
                }
            }
        }
    }

    private final class Medium implements ControlMedium {
        private final String name;
        private final String host;
        private final int port;
        private final ArrayDeque<Message> inbound = new ArrayDeque<>();
        private boolean isDead;

        Medium(String name, String host, int port) {
            this.name = name;
            this.host = host;
            this.port = port;
        }

        @Override
        public int localPort() {
            return port;
        }

        @Override
        public ControlPath open(String toHost, int toPort) {
            return new Path(this, LoopbackControl.name(toHost, toPort));
        }

        @Override
        public int poll(FrameListener listener, int limit) {
            int count = 0;
            Message message;
            while (count < limit && !held.contains(name) && (message = inbound.poll()) != null) {
                count++;
                if (message.bytes == null) {
                    listener.onSourceGone(message.path.source);
                } else {
                    message.path.waiting--;
                    deliveredCount++;
                    listener.onFrame(message.path.source, message.bytes, 0, message.bytes.capacity());
                }
            }
            return count;
        }

        @Override
        public void close() {
            isDead = true;
            nodes.remove(name, this);
        }
    }
}
