package dev.baton.sim.fabric;

import java.io.IOException;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.QueuePair;

/** One end of a connection, or a listener. What two ends say to each other takes the way of the data, behind it. */
final class CardId implements ConnectionId {
    private static final byte[] NOTHING = {};
    private static final int NO_LISTENER = 8;
    private static final int REFUSED = 28;
    private static final int TIMED_OUT = -110;
    /** A request to connect that is not answered. */
    private static final long ANSWER_NS = 5_000_000_000L;

    private final Card card;
    private final Fabric fabric;
    private final CardChannel channel;
    private final boolean isArriving;
    private CardQueuePair queuePair;
    /** Its queue pair's, which takes leave of the peer also when that is gone. */
    private CardQueuePair way;
    private CardId peer;
    private String host;
    private int port;
    private boolean isAnswered;
    private boolean isUp;
    private boolean isDestroyed;

    CardId(Card card, CardChannel channel) {
        this(card, channel, null);
    }

    /** @param from who asks to connect; null where this end asks */
    private CardId(Card card, CardChannel channel, CardId from) {
        this.card = card;
        this.fabric = card.process().fabric();
        this.channel = channel;
        this.isArriving = from != null;
        this.peer = from;
        card.add(this);
    }

    @Override
    public void listen(String ownHost, int wanted, int backlog) throws IOException {
        port = card.listen(this, wanted);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void resolveAddress(String peerHost, int peerPort, int timeoutMs) {
        host = peerHost;
        port = peerPort;
        channel.tell(ConnectionChannel.ADDRESS_RESOLVED, this, 0, NOTHING);
    }

    @Override
    public void resolveRoute(int timeoutMs) {
        channel.tell(ConnectionChannel.ROUTE_RESOLVED, this, 0, NOTHING);
    }

    @Override
    public void ackTimeout(int exponent) {}

    @Override
    public Device device() {
        return card;
    }

    @Override
    public QueuePair createQueuePair(CompletionQueue queue, int sendsMax, int receivesMax, int inlineBytes) {
        String peerHost = isArriving ? peer.card.process().host() : host;
        queuePair = new CardQueuePair(card, (CardQueue) queue, sendsMax, receivesMax, peerHost, isArriving ? null : card.dialling(),
            inlineBytes);
        way = queuePair;
        return queuePair;
    }

    @Override
    public void connect(int retries, byte[] privateData) {
        way.say(() -> arrive(privateData));
        fabric.agenda().in(ANSWER_NS, () -> {
            if (!isAnswered && !isDestroyed) {
                isAnswered = true;
                channel.tell(ConnectionChannel.UNREACHABLE, this, TIMED_OUT, NOTHING);
            }
        });
    }

    /** At the peer's host. */
    private void arrive(byte[] privateData) {
        SimProcess target = fabric.onHostOrNull(host);
        CardId listener = target == null || target.cardOrNull() == null ? null : target.cardOrNull().listenerOrNull(port);
        if (listener == null) {
            refused(NO_LISTENER, NOTHING);
        } else if (!card.process().isDead()) {
            CardId arriving = new CardId(listener.card, listener.channel, this);
            peer = arriving;
            listener.channel.tell(ConnectionChannel.CONNECT_REQUEST, arriving, 0, privateData);
        }
    }

    private void refused(int status, byte[] privateData) {
        fabric.agenda().in(fabric.delayNs(), () -> {
            if (!isAnswered && !isDestroyed) {
                isAnswered = true;
                channel.tell(ConnectionChannel.REJECTED, this, status, privateData);
            }
        });
    }

    @Override
    public void accept(int retries, byte[] privateData) {
        isUp = true;
        queuePair.connect(peer.way);
        way.say(() -> peer.onAccepted(privateData));
    }

    /** Back at the end that asked. */
    private void onAccepted(byte[] privateData) {
        if (isAnswered || isDestroyed || card.process().isDead()) {
            // Given up meanwhile: the other end hears that nobody comes.
            way.say(() -> peer.onLeft());
            return;
        }
        isAnswered = true;
        isUp = true;
        queuePair.connect(peer.way);
        channel.tell(ConnectionChannel.ESTABLISHED, this, 0, privateData);
        way.say(() -> {
            if (peer.isUp) {
                peer.channel.tell(ConnectionChannel.ESTABLISHED, peer, 0, NOTHING);
            }
        });
    }

    @Override
    public void reject(byte[] privateData) {
        peer.refused(REFUSED, privateData);
    }

    @Override
    public void disconnect() throws IOException {
        if (!isUp) {
            throw new IOException("not connected");
        }
        leave();
        channel.tell(ConnectionChannel.DISCONNECTED, this, 0, NOTHING);
    }

    /** Takes leave, if there is anybody to take leave of. */
    void leave() {
        if (isUp) {
            isUp = false;
            way.leave();
            way.say(() -> peer.onLeft());
        }
    }

    private void onLeft() {
        if (isUp && !card.process().isDead()) {
            isUp = false;
            way.breakDown();
            channel.tell(ConnectionChannel.DISCONNECTED, this, 0, NOTHING);
        }
    }

    /** Where the fence fails, an arriving one stays, and what its peer's card has yet may come by it. */
    @Override
    public void destroyQueuePair() throws IOException {
        if (queuePair != null) {
            if (isArriving && !card.process().isDead() && fabric.chance().happens(fabric.weather().fenceFailureRate)) {
                fabric.injected("fence-failure");
                card.breakFence();
                queuePair.stay();
                throw new IOException("a queue pair stays: injected");
            }
            queuePair.destroy();
            queuePair = null;
        }
    }

    @Override
    public void destroy() throws IOException {
        if (queuePair != null) {
            throw new IOException("an id has a queue pair yet");
        }
        leave();
        isDestroyed = true;
        card.remove(this);
        channel.forget(this);
    }
}
