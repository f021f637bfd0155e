package dev.baton.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Stands between a link and its inlet, hands everything on, and keeps what went towards the inlet. Has a thread, which ends with it. */
abstract class WireTap implements AutoCloseable {
    private static final int PACKET_BYTES_MAX = 65_536;

    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private final Thread thread = new Thread(this::run, "wire-tap");

    static WireTap tcp(int inletPort) throws IOException {
        return new Stream(inletPort);
    }

    static WireTap udp(int inletPort) throws IOException {
        return new Datagrams(inletPort);
    }

    /** Where the link is to send. */
    abstract int port() throws IOException;

    abstract void relay() throws IOException;

    abstract Channel channel();

    WireTap started() {
        thread.start();
        return this;
    }

    /** Whether these bytes went by in a row. */
    boolean heard(byte[] bytes) {
        synchronized (heard) {
            return heard.toString(StandardCharsets.ISO_8859_1).contains(new String(bytes, StandardCharsets.ISO_8859_1));
        }
    }

    int heardBytes() {
        synchronized (heard) {
            return heard.size();
        }
    }

    void hear(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.duplicate().get(bytes);
        synchronized (heard) {
            heard.writeBytes(bytes);
        }
    }

    private void run() {
        try {
            relay();
        } catch (ClosedChannelException ex) {
            return;   // this is how it ends
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public void close() throws IOException {
        channel().close();
        try {
            thread.join();
        } catch (InterruptedException ex) {
            throw new IllegalStateException("the test was interrupted", ex);
        }
    }

    /** One connection, towards the inlet only: a receiver never speaks. */
    private static final class Stream extends WireTap {
        private final int inletPort;
        private final ServerSocketChannel server = ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

        Stream(int inletPort) throws IOException {
            this.inletPort = inletPort;
        }

        @Override
        int port() throws IOException {
            return ((InetSocketAddress) server.getLocalAddress()).getPort();
        }

        @Override
        Channel channel() {
            return server;
        }

        @Override
        void relay() throws IOException {
            try (SocketChannel from = server.accept();
                 SocketChannel to = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), inletPort))) {
                ByteBuffer packet = ByteBuffer.allocate(PACKET_BYTES_MAX);
                while (from.read(packet.clear()) >= 0) {
                    hear(packet.flip());
                    while (packet.hasRemaining()) {
                        to.write(packet);
                    }
                }
            }
        }
    }

    /** Datagrams both ways: the inlet's answers go back to whoever sent last. */
    private static final class Datagrams extends WireTap {
        private final InetSocketAddress inlet;
        private final DatagramChannel channel = DatagramChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

        Datagrams(int inletPort) throws IOException {
            inlet = new InetSocketAddress(InetAddress.getLoopbackAddress(), inletPort);
        }

        @Override
        int port() throws IOException {
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }

        @Override
        Channel channel() {
            return channel;
        }

        @Override
        void relay() throws IOException {
            ByteBuffer packet = ByteBuffer.allocate(PACKET_BYTES_MAX);
            SocketAddress sender = null;
            while (true) {
                SocketAddress from = channel.receive(packet.clear());
                packet.flip();
                if (from.equals(inlet)) {
                    if (sender != null) {
                        channel.send(packet, sender);
                    }
                } else {
                    sender = from;
                    hear(packet);
                    channel.send(packet, inlet);
                }
            }
        }
    }
}
