package dev.baton.sim.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A server on the loopback that takes every connection and never says a word. Its own thread; any thread closes it. */
final class HungServer implements AutoCloseable {
    private final ServerSocket server;
    private final Thread thread;
    private final List<Socket> taken = new ArrayList<>();

    HungServer() throws IOException {
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        thread = new Thread(this::accept, "bench-hung-server");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    /** Connections that wait for a word. */
    synchronized int taken() {
        return taken.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                synchronized (this) {
                    taken.add(socket);
                }
            }
        } catch (IOException ex) {
            if (!server.isClosed()) {
                throw new IllegalStateException("the server that hangs takes no connections: port=" + port(), ex);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        synchronized (this) {
            for (Socket socket : taken) {
                socket.close();
            }
        }
    }
}
