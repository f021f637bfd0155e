package dev.baton.transport.node;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A medium whose every message a test sees, keeps back, changes, or makes up. */
final class TappedMedium implements ControlMedium {
    private final Map<String, TappedMedium> network;
    private final String host;
    private final ArrayDeque<byte[]> inbound = new ArrayDeque<>();
    private final ArrayDeque<FrameSource> sources = new ArrayDeque<>();
    /** Everything that this end was sent, in order. */
    final List<byte[]> heard = new ArrayList<>();
    /** Where each of them came from. */
    final List<FrameSource> heardFrom = new ArrayList<>();
    int pathsOpened;
    boolean isHeld;

    private TappedMedium(Map<String, TappedMedium> network, String host) {
        this.network = network;
        this.host = host;
    }

    static TappedMedium[] pair() {
        Map<String, TappedMedium> network = new HashMap<>();
        TappedMedium a = new TappedMedium(network, "a");
        TappedMedium b = new TappedMedium(network, "b");
        network.put("a", a);
        network.put("b", b);
        return new TappedMedium[] {a, b};
    }

    /** One more on the same network. */
    TappedMedium beside(String thirdHost) {
        TappedMedium third = new TappedMedium(network, thirdHost);
        network.put(thirdHost, third);
        return third;
    }

    /** This end is found by that name, too. */
    void alias(String alsoHost) {
        network.put(alsoHost, this);
    }

    /** Puts a message before this end as if it came from there. */
    void inject(FrameSource source, byte[] message) {
        inbound.add(message);
        sources.add(source);
    }

    /** As often as it has bytes, each time with another of them changed. */
    void injectTampered(FrameSource source, byte[] message) {
        for (int i = 0; i < message.length; i++) {
            byte[] tampered = message.clone();
            tampered[i] ^= (byte) (1 + i % 255);
            inject(source, tampered);
        }
    }

    @Override
    public int localPort() {
        return 1;
    }

    @Override
    public ControlPath open(String toHost, int toPort) {
        pathsOpened++;
        FrameSource source = new FrameSource(host);
        TappedMedium to = network.get(toHost);
        return new ControlPath() {
            private boolean isClosed;

            @Override
            public long offer(DirectBuffer buffer, int offset, int length) {
                if (isClosed) {
                    return CLOSED;
                }
                if (to == null) {
                    return BACK_PRESSURED;
                }
                byte[] message = new byte[length];
                buffer.getBytes(offset, message);
                to.heard.add(message);
                to.heardFrom.add(source);
                if (!to.isHeld) {
                    to.inject(source, message);
                }
                return ACCEPTED;
            }

            @Override
            public boolean isClosed() {
                return isClosed;
            }

            @Override
            public String whyNot() {
                return "";
            }

            @Override
            public void close() {
                isClosed = true;
            }
        };
    }

    @Override
    public int poll(FrameListener listener, int limit) {
        int count = 0;
        byte[] message;
        while (count < limit && (message = inbound.poll()) != null) {
            count++;
            listener.onFrame(sources.remove(), new UnsafeBuffer(message), 0, message.length);
        }
        return count;
    }

    @Override
    public void close() {}
}
