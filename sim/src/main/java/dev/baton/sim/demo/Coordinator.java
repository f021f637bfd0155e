package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The coordinator, as one of its children sees it: lines in, lines out. A thread of its own reads; when the coordinator
 * is gone, so is its end of the pipe: a last line says {@code gone}, and if this process has not ended soon after, it
 * is ended, whatever it is doing. {@link #poll()} and {@link #await()} belong to one thread.
 */
final class Coordinator {
    static final String GONE = "gone";

    /** What a child ends with when nobody is there any more to hear of it. */
    private static final int ORPHANED = 1;
    private static final long ORPHAN_GRACE_NS = TimeUnit.SECONDS.toNanos(8);

    private final ConcurrentLinkedQueue<JsonNode> lines = new ConcurrentLinkedQueue<>();
    private final PrintStream out = System.out;
    private final Thread listener = Thread.currentThread();

    Coordinator() {
        Thread reader = new Thread(this::read, "baton-demo-stdin");
        reader.setDaemon(true);
        reader.start();
    }

    /** Says one line. Any thread. */
    void say(ObjectNode line) {
        String text = Line.text(line);
        synchronized (out) {
            out.println(text);
            out.flush();
        }
    }

    /** The next line, or null if there is none yet. */
    JsonNode poll() {
        return lines.poll();
    }

    /** As if the coordinator had gone: the child unwinds. Any thread. */
    void hangUp() {
        lines.add(Line.of(GONE));
        LockSupport.unpark(listener);
    }

    /**
     * The next line, as soon as there is one.
     *
     * @throws IllegalStateException if there will be none
     */
    JsonNode await() {
        JsonNode line = lines.poll();
        while (line == null) {
            LockSupport.parkNanos(this, 1_000_000_000L);
            line = lines.poll();
        }
        if (Line.event(line).equals(GONE)) {
            throw new IllegalStateException("the coordinator is gone");
        }
        return line;
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String text = in.readLine(); text != null; text = in.readLine()) {
                lines.add(Line.parse(text));
                LockSupport.unpark(listener);
            }
        } catch (IOException ex) {
            System.err.println("the coordinator cannot be read: " + ex);
        }
        hangUp();
        long deadlineNs = System.nanoTime() + ORPHAN_GRACE_NS;
        for (long leftNs = ORPHAN_GRACE_NS; leftNs > 0; leftNs = deadlineNs - System.nanoTime()) {
            LockSupport.parkNanos(this, leftNs);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }
}
