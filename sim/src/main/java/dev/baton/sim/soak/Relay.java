package dev.baton.sim.soak;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process between others that delays, doubles, reorders and alters datagrams, and delays, alters and cuts connections, as a
 * seed says. It listens on loopback and passes on to loopback, from source ports {@value #SOURCE_PORT_MIN} and up, by which a
 * redirection of packets tells its own from others.
 * <pre>
 *   FOLDER SEED udp:LISTEN:TO | tcp:LISTEN:TO ...     FOLDER/counts has "name number" lines; from FOLDER/healed on it only passes on
 * </pre>
 */
final class Relay {
    static final int SOURCE_PORT_MIN = 20_000;
    static final int SOURCE_PORT_MAX = 23_999;
    static final String COUNTS = "counts";
    static final String HEALED = "healed";
    private static final int PIECE_BYTES = 65_536;
    private static final int PEERS_MAX = 256;
    private static final long COUNTS_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final RelayFaults faults;
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private volatile boolean isHealed;
    private int sourcePort = SOURCE_PORT_MIN;

    private Relay(long seed) {
        faults = RelayFaults.of(seed);
    }

    /** Runs until it is killed. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Relay relay = new Relay(Long.parseLong(args[1]));
        for (int i = 2; i < args.length; i++) {
            String[] route = args[i].split(":", -1);
            int listen = Integer.parseInt(route[1]);
            int to = Integer.parseInt(route[2]);
            if (route[0].equals("udp")) {
                relay.relayDatagrams(listen, to);
            } else {
                relay.relayConnections(listen, to);
            }
        }
        System.out.println("LISTENING relay");
        while (true) {
            relay.isHealed = Files.exists(folder.resolve(HEALED));
            StringBuilder text = new StringBuilder();
            for (RelayFaults.Kind kind : RelayFaults.Kind.values()) {
                text.append(kind).append(' ').append(relay.faults.count(kind.toString())).append('\n');
            }
            Path written = Files.writeString(folder.resolve(COUNTS + ".new"), text);
            Files.move(written, folder.resolve(COUNTS), StandardCopyOption.ATOMIC_MOVE);
            LockSupport.parkNanos(COUNTS_EVERY_NS);
        }
    }

    private static void start(Runnable task) {
        Thread.ofPlatform().daemon().name("relay").start(task);
    }

    private synchronized InetSocketAddress nextSource() {
        sourcePort = sourcePort == SOURCE_PORT_MAX ? SOURCE_PORT_MIN : sourcePort + 1;
        return new InetSocketAddress(loopback, sourcePort);
    }

    private interface Sink {
        void send(byte[] bytes) throws IOException;
    }

    private void relayDatagrams(int listen, int to) throws IOException {
        DatagramSocket front = new DatagramSocket(listen, loopback);
        front.setReceiveBufferSize(4 << 20);
        Map<SocketAddress, DatagramSocket> backs = new ConcurrentHashMap<>();
        Map<SocketAddress, OneWay> paths = new ConcurrentHashMap<>();
        start(() -> receive(front, (from, bytes) -> {
            DatagramSocket back = backs.get(from);
            if (back == null) {
                if (backs.size() >= PEERS_MAX) {
                    return;
                }
                back = new DatagramSocket(nextSource());
                back.setReceiveBufferSize(4 << 20);
                back.connect(new InetSocketAddress(loopback, to));
                backs.put(from, back);
                DatagramSocket made = back;
                OneWay home = new OneWay(faults.split(), answer ->
                    front.send(new DatagramPacket(answer, answer.length, from)));
                paths.put(from, new OneWay(faults.split(), piece -> made.send(new DatagramPacket(piece, piece.length))));
                start(() -> receive(made, (target, answer) -> home.pass(answer)));
            }
            paths.get(from).pass(bytes);
        }));
    }

    private interface Received {
        void take(SocketAddress from, byte[] bytes) throws IOException;
    }

    private static void receive(DatagramSocket socket, Received received) {
        DatagramPacket packet = new DatagramPacket(new byte[PIECE_BYTES], PIECE_BYTES);
        while (true) {
            try {
                packet.setLength(PIECE_BYTES);
                socket.receive(packet);
                byte[] bytes = new byte[packet.getLength()];
                System.arraycopy(packet.getData(), 0, bytes, 0, bytes.length);
                received.take(packet.getSocketAddress(), bytes);
            } catch (IOException ex) {
                // Nobody listens at the other end just now; to the sender that is one datagram lost.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** One direction of datagrams between two ends. */
    private final class OneWay {
        private final RelayFaults drawn;
        private final Sink sink;
        private byte[] held;

        OneWay(RelayFaults drawn, Sink sink) {
            this.drawn = drawn;
            this.sink = sink;
        }

        void pass(byte[] bytes) throws IOException {
            RelayFaults.Kind kind = isHealed || bytes.length == 0 ? RelayFaults.Kind.NONE : drawn.next(true);
            byte[] before = held;
            held = null;
            switch (kind) {
                case DELAYED -> {
                    CompletableFuture.delayedExecutor(drawn.delayMs(), TimeUnit.MILLISECONDS).execute(() -> sendLate(bytes));
                    drawn.count(kind);
                }
                case DUPLICATED -> {
                    sink.send(bytes);
                    sink.send(bytes);
                    drawn.count(kind);
                }
                case REORDERED -> held = bytes;
                case FLIPPED -> {
                    drawn.flipOneBit(bytes, bytes.length);
                    sink.send(bytes);
                    drawn.count(kind);
                }
                case NONE, CUT -> sink.send(bytes);
            }
            if (before != null) {
                sink.send(before);
                drawn.count(RelayFaults.Kind.REORDERED);
            }
        }

        private void sendLate(byte[] bytes) {
            try {
                sink.send(bytes);
            } catch (IOException ex) {
                System.err.println("relay: a late datagram was lost: " + ex.getMessage());
            }
        }
    }

    private void relayConnections(int listen, int to) throws IOException {
        ServerSocket server = new ServerSocket(listen, 64, loopback);
        start(() -> {
            while (true) {
                try {
                    Socket front = server.accept();
                    Socket back = new Socket();
                    back.bind(nextSource());
                    back.connect(new InetSocketAddress(loopback, to));
                    RelayFaults out = faults.split();
                    RelayFaults home = faults.split();
                    start(() -> pump(front, back, out));
                    start(() -> pump(back, front, home));
                } catch (IOException ex) {
                    System.err.println("relay: a connection was not passed on: " + ex.getMessage());
                }
            }
        });
    }

    private void pump(Socket from, Socket to, RelayFaults drawn) {
        byte[] bytes = new byte[PIECE_BYTES];
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int length;
            while ((length = in.read(bytes)) >= 0) {
                RelayFaults.Kind kind = isHealed ? RelayFaults.Kind.NONE : drawn.next(false);
                if (kind != RelayFaults.Kind.NONE) {
                    drawn.count(kind);
                }
                if (kind == RelayFaults.Kind.CUT) {
                    return;
                }
                if (kind == RelayFaults.Kind.DELAYED) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(drawn.delayMs()));
                }
                if (kind == RelayFaults.Kind.FLIPPED) {
                    drawn.flipOneBit(bytes, length);
                }
                out.write(bytes, 0, length);
            }
        } catch (IOException ex) {
            // One end went away: the other one learns it as this closes both.
            LockSupport.parkNanos(1);
        }
    }
}
