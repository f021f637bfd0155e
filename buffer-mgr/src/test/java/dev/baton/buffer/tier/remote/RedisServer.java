package dev.baton.buffer.tier.remote;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A redis-server of the test's own, on a port that the system gave; keeps nothing on disk. */
final class RedisServer implements AutoCloseable {
    private static final int TRIES_MAX = 5;

    private final Path folder;
    private final List<String> options;
    private Process process;
    private int port;

    private RedisServer(Path folder, List<String> options) {
        this.folder = folder;
        this.options = options;
    }

    static RedisServer start(Path folder, String... options) throws IOException {
        assumeTrue(isInstalled(), "no redis-server on this machine: apt-get install redis-server");
        RedisServer server = new RedisServer(folder, List.of(options));
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                server.port = socket.getLocalPort();
            }
            if (server.isStarted()) {
                return server;
            }
        }
        throw new IllegalStateException("redis-server does not start");
    }

    int port() {
        return port;
    }

    /** Anew and empty, on the same port. */
    void restart() throws IOException {
        if (!isStarted()) {
            throw new IllegalStateException("redis-server does not start again: port=" + port);
        }
    }

    void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
            if (code != 0) {
                throw new IllegalStateException("signal was not sent: " + name);
            }
            if (name.equals("KILL") && !process.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server was killed and lives");
            }
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    private static boolean isInstalled() {
        try {
            return new ProcessBuilder("redis-server", "--version").redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException ex) {
            return false;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isStarted() throws IOException {
        List<String> command = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", folder.toString()));
        command.addAll(options);
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains("Ready to accept connections")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
