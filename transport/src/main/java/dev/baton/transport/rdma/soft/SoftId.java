package dev.baton.transport.rdma.soft;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.QueuePair;
import java.io.IOException;

/** One end of a connection, or a listener. Addresses are not looked at: all listeners are on one network. */
final class SoftId implements ConnectionId {
    private static final byte[] NOTHING = {};

    private final SoftNetwork network;
    private final SoftDevice device;
    private final SoftChannel channel;
    private SoftQueuePair queuePair;
    private SoftId peer;
    private int port;
    private boolean isUp;

    SoftId(SoftNetwork network, SoftDevice device, SoftChannel channel) {
        this.network = network;
        this.device = device;
        this.channel = channel;
    }

    @Override
    public void listen(String host, int wanted, int backlog) throws IOException {
        synchronized (network) {
            port = network.listen(this, wanted);
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void resolveAddress(String host, int peerPort, int timeoutMs) {
        synchronized (network) {
            port = peerPort;
            channel.tell(ConnectionChannel.ADDRESS_RESOLVED, this, 0, NOTHING);
        }
    }

    @Override
    public void resolveRoute(int timeoutMs) {
        synchronized (network) {
            channel.tell(ConnectionChannel.ROUTE_RESOLVED, this, 0, NOTHING);
        }
    }

    @Override
    public void ackTimeout(int exponent) {}

    @Override
    public Device device() {
        return device;
    }

    @Override
    public QueuePair createQueuePair(CompletionQueue queue, int sendsMax, int receivesMax, int inlineBytes) {
        synchronized (network) {
            queuePair = new SoftQueuePair(network, (SoftQueue) queue, sendsMax, receivesMax, inlineBytes);
            return queuePair;
        }
    }

    @Override
    public void connect(int retries, byte[] privateData) {
        synchronized (network) {
            SoftId listener = network.listenerOrNull(port);
            if (listener == null) {
                channel.tell(ConnectionChannel.REJECTED, this, SoftNetwork.NO_LISTENER, NOTHING);
                return;
            }
            SoftId arriving = listener.channel.newId();
            arriving.peer = this;
            peer = arriving;
            listener.channel.tell(ConnectionChannel.CONNECT_REQUEST, arriving, 0, privateData);
        }
    }

    @Override
    public void accept(int retries, byte[] privateData) throws IOException {
        synchronized (network) {
            if (peer == null || peer.queuePair == null) {
                throw new IOException("the peer is gone");
            }
            queuePair.connect(peer.queuePair);
            peer.queuePair.connect(queuePair);
            isUp = true;
            peer.isUp = true;
            channel.tell(ConnectionChannel.ESTABLISHED, this, 0, NOTHING);
            peer.channel.tell(ConnectionChannel.ESTABLISHED, peer, 0, privateData);
        }
    }

    @Override
    public void reject(byte[] privateData) {
        synchronized (network) {
            if (peer != null) {
                peer.channel.tell(ConnectionChannel.REJECTED, peer, SoftNetwork.REFUSED, privateData);
                peer.peer = null;
                peer = null;
            }
        }
    }

    @Override
    public void disconnect() throws IOException {
        synchronized (network) {
            if (!isUp) {
                throw new IOException("not connected");
            }
            SoftId other = peer;
            down();
            channel.tell(ConnectionChannel.DISCONNECTED, this, 0, NOTHING);
            if (other != null && other.isUp) {
                other.down();
                other.channel.tell(ConnectionChannel.DISCONNECTED, other, 0, NOTHING);
            }
        }
    }

    @Override
    public void destroyQueuePair() {
        synchronized (network) {
            if (queuePair != null) {
                queuePair.destroy();
                queuePair = null;
            }
        }
    }

    @Override
    public void destroy() throws IOException {
        synchronized (network) {
            if (queuePair != null) {
                throw new IOException("an id has a queue pair yet");
            }
            if (isUp) {
                disconnect();
            } else if (peer != null && !peer.isUp && peer.peer == this) {
                // Given up before it was answered.
                peer.peer = null;
            }
            network.unlisten(this);
            channel.forget(this);
        }
    }

    private void down() {
        isUp = false;
        if (queuePair != null) {
            queuePair.breakDown();
        }
    }
}
