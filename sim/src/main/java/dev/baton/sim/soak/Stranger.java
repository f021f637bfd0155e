package dev.baton.sim.soak;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.lane.LaneFrameProxy;

/**
 * Somebody who reaches a node's ports and means no good, or speaks another protocol: garbage, the beginnings of valid frames,
 * lengths beyond every bound, connections that are opened and hardly used. Draws from a seed; one thread.
 */
final class Stranger implements AutoCloseable {
    /** Most connections that it keeps open at a time. */
    private static final int SLOW_MAX = 200;
    private static final int DATAGRAM_BYTES_MAX = 1_400;
    private static final int CONNECT_WITHIN_MS = 1_000;
    private static final int AERON_HEADER_BYTES = 40;
    private static final int AERON_DATA_HEADER_BYTES = 32;
    private static final short AERON_DATA = 1;
    private static final int AERON_SETUP = 5;
    private static final int TERM = 7;
    private static final int CONTROL_STREAM = 4_217;

    private final SplittableRandom random;
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final DatagramSocket datagrams;
    private final Deque<Socket> slow = new ArrayDeque<>();
    private final Map<String, Long> counts = new TreeMap<>();
    /** The last stream that a set-up may have opened, by port. */
    private final Map<Integer, Integer> streams = new HashMap<>();

    Stranger(SplittableRandom random) throws IOException {
        this.random = random;
        datagrams = new DatagramSocket(0, loopback);
    }

    /** What it did, and how often. */
    Map<String, Long> counts() {
        return counts;
    }

    private byte[] randomBytes(int lengthMax) {
        byte[] bytes = new byte[1 + random.nextInt(lengthMax)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** One connection with something wrong in it; what the node does about it is the node's business. */
    void connect(int port) throws IOException {
        switch (random.nextInt(4)) {
            case 0 -> say("garbage", port, randomBytes(8_192));
            case 1 -> {
                byte[] open = laneOpen();
                byte[] part = new byte[1 + random.nextInt(open.length - 1)];
                System.arraycopy(open, 0, part, 0, part.length);
                say("truncated", port, part);
            }
            case 2 -> {
                // Every field behind the frame's own header at its most: lengths, offsets, ids.
                byte[] frame = laneOpen();
                Arrays.fill(frame, 8, frame.length, (byte) 0xff);
                say("oversize", port, frame);
            }
            default -> linger(port);
        }
    }

    private byte[] laneOpen() {
        byte[] bytes = new byte[LaneFrameProxy.OPEN_BYTES];
        new LaneFrameProxy().putOpen(new UnsafeBuffer(bytes), 0, random.nextLong(), 0, random.nextLong(), random.nextLong());
        return bytes;
    }

    private void say(String what, int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback, port), CONNECT_WITHIN_MS);
            counts.merge(what, 1L, Long::sum);
            write(socket, bytes);
        }
    }

    /** Opens one more that says a byte now and then and is never done. */
    private void linger(int port) throws IOException {
        Socket socket = new Socket();
        slow.add(socket);
        socket.connect(new InetSocketAddress(loopback, port), CONNECT_WITHIN_MS);
        counts.merge("slow", 1L, Long::sum);
        slow.removeIf(one -> !write(one, randomBytes(1)));
        if (slow.size() > SLOW_MAX) {
            slow.removeFirst().close();
        }
    }

    /** False if the node has closed it already: that is a refusal, and a good answer. */
    private static boolean write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException ex) {
            return false;
        }
    }

    /** One datagram of bytes, or one that begins as Aeron's do. */
    void datagram(int port) throws IOException {
        byte[] bytes;
        if (random.nextInt(3) == 0) {
            bytes = randomBytes(DATAGRAM_BYTES_MAX);
            counts.merge("datagrams of garbage", 1L, Long::sum);
        } else if (streams.containsKey(port) && random.nextInt(4) == 0) {
            bytes = message(streams.remove(port));
            counts.merge("messages of garbage", 1L, Long::sum);
        } else {
            bytes = aeronLike(port);
            counts.merge("datagrams like aeron's", 1L, Long::sum);
        }
        datagrams.send(new DatagramPacket(bytes, bytes.length, loopback, port));
    }

    /** Length, version, flags, type, then fields of which some are right; a set-up is whole, so that it opens a stream. */
    private byte[] aeronLike(int port) {
        byte[] bytes = new byte[AERON_HEADER_BYTES + random.nextInt(64)];
        random.nextBytes(bytes);
        int type = random.nextInt(9);
        ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        fields.putInt(0, random.nextInt(8) == 0 ? random.nextInt() : AERON_HEADER_BYTES);
        fields.put(4, (byte) 0).put(5, (byte) 0xc0).putShort(6, (short) type);
        if (type == AERON_SETUP) {
            streams.put(port, random.nextInt());
            fields.putInt(8, 0).putInt(12, streams.get(port)).putInt(16, CONTROL_STREAM).putInt(20, TERM).putInt(24, TERM)
                .putInt(28, 65_536 << random.nextInt(9)).putInt(32, 1_408).putInt(36, 0);
        }
        return bytes;
    }

    /** The first message on a stream that a set-up has opened: it reaches whoever reads the stream, and says nothing. */
    private byte[] message(int session) {
        byte[] bytes = new byte[AERON_DATA_HEADER_BYTES + 32];
        random.nextBytes(bytes);
        ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        fields.putInt(0, bytes.length).put(4, (byte) 0).put(5, (byte) 0xc0).putShort(6, AERON_DATA).putInt(8, 0).putInt(12, session)
            .putInt(16, CONTROL_STREAM).putInt(20, TERM);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        datagrams.close();
        for (Socket socket : slow) {
            socket.close();
        }
    }
}
