package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.baton.sim.report.ExitCode;

/**
 * A network of its own in which packets leave at a rate, and a {@code baton} command that runs in it. One thread; gone after
 * {@link #close()}, which also runs when this process is told to end.
 */
public final class SlowNetwork implements AutoCloseable {
    private static final long LOOK_MS = 200;

    private final NetworkNamespace network;
    private final Path folder;
    private final CloseAtExit atExit;
    private BatonChild child;

    private SlowNetwork(NetworkNamespace network, Path folder) {
        this.network = network;
        this.folder = folder;
        atExit = CloseAtExit.of("network", this::close);
    }

    /**
     * Makes one.
     *
     * @throws IOException with the tool's own words where it cannot be made
     */
    public static SlowNetwork open(int megabitsPerSecond) throws IOException {
        SlowNetwork made = new SlowNetwork(NetworkNamespace.create(), Files.createTempDirectory("baton-network"));
        try {
            made.network.limitTo(megabitsPerSecond);
            return made;
        } catch (IOException ex) {
            made.close();
            throw ex;
        }
    }

    /**
     * Runs a command in it, and gives the JSON object that it printed.
     *
     * @param onSaid hears all that it has said on standard error so far, five times a second and at its end
     * @throws IOException with its last lines if it does not end in that time, or not well
     */
    public JsonNode run(List<String> args, long withinMs, Consumer<String> onSaid) throws IOException {
        long startNs = System.nanoTime();
        synchronized (this) {
            child = BatonChild.start(folder, network.entry(), Map.of(), args);
        }
        Integer exit = null;
        for (long leftMs = withinMs; exit == null && leftMs > 0 && !Thread.currentThread().isInterrupted();
            leftMs = withinMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs)) {
            exit = child.awaitEnd(Math.min(LOOK_MS, leftMs));
            onSaid.accept(child.errText());
        }
        if (exit == null || exit != ExitCode.DONE) {
            throw new IOException("in its own network, within " + withinMs + " ms: " + child.tail());
        }
        return child.json();
    }

    /** Packets that the rate held back or dropped so far. */
    public long heldBack() throws IOException {
        return network.heldBack();
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            if (child != null) {
                child.close();
            }
        }
        network.close();
        Folders.delete(folder);
        atExit.forget();
    }
}
