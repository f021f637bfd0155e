package dev.baton.transport.rdma.shared;

import dev.baton.transport.rdma.verbs.CompletionQueue;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.ConnectionId;
import dev.baton.transport.rdma.verbs.Device;
import dev.baton.transport.rdma.verbs.QueuePair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** One end of a connection, or a listener. Owned by its channel's thread. */
final class SharedId implements ConnectionId {
    private static final System.Logger LOG = System.getLogger(SharedId.class.getName());
    /** What a rejection says when nobody listens, and when the peer refused; of an end without a word, errno. */
    private static final int NO_LISTENER = 8;
    private static final int REFUSED = 28;
    private static final int RESET = -104;
    private static final int TIMED_OUT = -110;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final SharedChannel channel;
    private final ByteBuffer read = ByteBuffer.allocate(Letter.BYTES_MAX);
    private final List<ServerSocketChannel> servers = new ArrayList<>();
    private SocketChannel socket;
    private SharedDevice device;
    private SharedQueuePair queuePair;
    private InetSocketAddress target;
    private Letter request;
    private Letter toSend;
    private boolean isUp;
    private boolean isEnded;

    /** @param callerOrNull the socket of one that called */
    SharedId(SharedChannel channel, SocketChannel callerOrNull) {
        this.channel = channel;
        this.socket = callerOrNull;
    }

    @Override
    public void listen(String host, int port, int backlog) throws IOException {
        device = channel.verbs().device(host);
        int taken = port;
        for (InetSocketAddress address : channel.verbs().listenAt(host, port)) {
            ServerSocketChannel server = ServerSocketChannel.open();
            servers.add(server);
            server.configureBlocking(false);
            server.bind(new InetSocketAddress(address.getAddress(), taken), backlog);
            server.register(channel.selector(), SelectionKey.OP_ACCEPT, this);
            taken = ((InetSocketAddress) server.getLocalAddress()).getPort();
        }
    }

    @Override
    public int port() throws IOException {
        return ((InetSocketAddress) (servers.isEmpty() ? socket.getLocalAddress() : servers.getFirst().getLocalAddress())).getPort();
    }

    @Override
    public void resolveAddress(String host, int port, int timeoutMs) {
        device = channel.verbs().device(host);
        target = SharedVerbs.socketAddress(host, port);
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
        return device;
    }

    @Override
    public QueuePair createQueuePair(CompletionQueue queue, int sendsMax, int receivesMax, int inlineBytes) {
        queuePair = new SharedQueuePair(device, (SharedQueue) queue, sendsMax, receivesMax, inlineBytes);
        return queuePair;
    }

    @Override
    public void connect(int retries, byte[] privateData) throws IOException {
        if (channel.verbs().faults().isDown(device.index())) {
            channel.tell(ConnectionChannel.UNREACHABLE, this, TIMED_OUT, NOTHING);
            return;
        }
        toSend = ofPair(Letter.REQUEST, privateData);
        socket = SocketChannel.open();
        socket.configureBlocking(false);
        if (socket.connect(target)) {
            socket.register(channel.selector(), SelectionKey.OP_READ, this);
            send(toSend);
        } else {
            socket.register(channel.selector(), SelectionKey.OP_CONNECT, this);
        }
    }

    @Override
    public void accept(int retries, byte[] privateData) throws IOException {
        queuePair.connect(peerOf(request));
        send(ofPair(Letter.ACCEPT, privateData));
        isUp = true;
        channel.tell(ConnectionChannel.ESTABLISHED, this, 0, NOTHING);
    }

    @Override
    public void reject(byte[] privateData) throws IOException {
        if (!isEnded) {
            send(Letter.of(Letter.REJECT, privateData));
        }
    }

    @Override
    public void disconnect() throws IOException {
        if (!isUp) {
            throw new IOException("not connected");
        }
        ended(ConnectionChannel.DISCONNECTED, 0);
        send(Letter.of(Letter.DISCONNECT, new byte[0]));
    }

    @Override
    public void destroyQueuePair() throws IOException {
        if (queuePair != null) {
            queuePair.destroy(this::isPeerDead);
            queuePair = null;
        }
    }

    @Override
    public void destroy() throws IOException {
        if (queuePair != null) {
            throw new IOException("an id has a queue pair yet");
        }
        isUp = false;
        isEnded = true;
        closeSockets();
        channel.forget(this);
    }

    /** Something came by a socket of this id's. */
    void onReady() {
        if (isEnded) {
            return;
        }
        try {
            if (!servers.isEmpty()) {
                takeCallers();
            } else if (!socket.isConnected()) {
                finishConnect();
            } else {
                readLetters();
            }
        } catch (IOException | IllegalArgumentException ex) {
            LOG.log(System.Logger.Level.DEBUG, "a connection ends", ex);
            ended(isUp ? ConnectionChannel.DISCONNECTED : ConnectionChannel.CONNECT_ERROR, RESET);
        }
    }

    /** A caller that never said what it wants goes with its channel. */
    void hangUp() {
        isEnded = true;
        channel.hungUp(this);
        try {
            closeSockets();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void takeCallers() throws IOException {
        for (ServerSocketChannel server : servers) {
            SocketChannel caller;
            while ((caller = server.accept()) != null) {
                caller.configureBlocking(false);
                SharedId arriving = new SharedId(channel, caller);
                arriving.device = channel.verbs().device(((InetSocketAddress) server.getLocalAddress()).getAddress().getHostAddress());
                channel.calling(arriving);
                caller.register(channel.selector(), SelectionKey.OP_READ, arriving);
            }
        }
    }

    private void finishConnect() throws IOException {
        try {
            if (!socket.finishConnect()) {
                return;
            }
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.DEBUG, "nobody listens", ex);
            ended(ConnectionChannel.REJECTED, NO_LISTENER);
            return;
        }
        socket.keyFor(channel.selector()).interestOps(SelectionKey.OP_READ);
        send(toSend);
    }

    private void readLetters() throws IOException {
        int count = socket.read(read);
        read.flip();
        Letter letter;
        while (!isEnded && (letter = Letter.takeOrNull(read)) != null) {
            onLetter(letter);
        }
        read.compact();
        if (count < 0 && !isEnded) {
            ended(isUp ? ConnectionChannel.DISCONNECTED : ConnectionChannel.CONNECT_ERROR, RESET);
        }
    }

    private void onLetter(Letter letter) throws IOException {
        switch (letter.kind()) {
            case Letter.REQUEST -> {
                request = letter;
                channel.requested(this);
                channel.tell(ConnectionChannel.CONNECT_REQUEST, this, 0, letter.privateData());
            }
            case Letter.ACCEPT -> {
                queuePair.connect(peerOf(letter));
                isUp = true;
                channel.tell(ConnectionChannel.ESTABLISHED, this, 0, letter.privateData());
            }
            case Letter.REJECT -> ended(ConnectionChannel.REJECTED, REFUSED);
            case Letter.DISCONNECT -> ended(ConnectionChannel.DISCONNECTED, 0);
            default -> throw new IllegalArgumentException("no such letter: kind=" + letter.kind());
        }
    }

    private Letter ofPair(int kind, byte[] privateData) {
        return new Letter(kind, channel.verbs().incarnation(), queuePair.number(), queuePair.lengthBytes(),
            device.tableNumber(), ByteBuffer.wrap(privateData));
    }

    private PeerPair peerOf(Letter letter) throws IOException {
        return new PeerPair(channel.verbs().peerFiles(), letter.incarnation(), letter.pairNumber(), letter.pairBytes(),
            letter.tableNumber());
    }

    /** A letter always fits into a socket that carries nothing else. */
    private void send(Letter letter) throws IOException {
        ByteBuffer bytes = letter.encode();
        while (bytes.hasRemaining()) {
            if (socket.write(bytes) == 0) {
                throw new IOException("the peer reads no letters");
            }
        }
    }

    private void ended(int event, int status) {
        isUp = false;
        isEnded = true;
        if (queuePair != null) {
            queuePair.breakDown();
        }
        SelectionKey key = socket == null ? null : socket.keyFor(channel.selector());
        if (key != null) {
            key.cancel();
        }
        if (request == null && target == null) {
            hangUp();
        } else {
            channel.tell(event, this, status, NOTHING);
        }
    }

    /** The end of a process closes its sockets after its threads have ended, so nothing of it is stored from there on. */
    private boolean isPeerDead() {
        try {
            return socket == null || socket.read(ByteBuffer.allocate(Letter.BYTES_MAX)) < 0;
        } catch (IOException ex) {
            LOG.log(System.Logger.Level.DEBUG, "the peer's socket is reset: its process has closed it", ex);
            return true;
        }
    }

    private void closeSockets() throws IOException {
        for (ServerSocketChannel server : servers) {
            server.close();
        }
        if (socket != null) {
            socket.close();
        }
    }
}
