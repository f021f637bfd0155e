package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One child process: a JVM of its own with this one's class path and flags. What it says goes into a queue that
 * children share; what it prints besides is kept, the last lines of it, for when something goes wrong. Made and closed
 * by one thread.
 */
final class ChildJvm implements AutoCloseable {
    /** Said by a child, or, with a null line, that it has ended. */
    record Said(ChildJvm child, JsonNode lineOrNull) {}

    private static final int TAIL_LINES_MAX = 20;
    private static final long GRACE_SECONDS = 5;
    private static final String HEAP_MAX = "-Xmx512m";

    private final String name;
    private final Process process;
    private final BufferedWriter in;
    private final Deque<String> tail = new ArrayDeque<>();

    private ChildJvm(String name, Process process, BlockingQueue<Said> said) {
        this.name = name;
        this.process = process;
        in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        read("out", process.getInputStream(), said);
        read("err", process.getErrorStream(), null);
    }

    /** Starts a process that runs {@code main}; it is told what to do by {@link #tell(ObjectNode)}. */
    static ChildJvm start(String name, Class<?> main, BlockingQueue<Said> said) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // A debugger's or a profiler's port is taken, and this process's heap is not the child's.
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of(HEAP_MAX, "-cp", classPath(), main.getName()));
        try {
            return new ChildJvm(name, new ProcessBuilder(command).start(), said);
        } catch (IOException ex) {
            throw new UncheckedIOException("cannot start a process: command=" + command.getFirst(), ex);
        }
    }

    /** The child may run in another folder some day: entries become absolute here. */
    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    /** Tells it one line; where it is gone, its end is in the queue and says more than a broken pipe. */
    void tell(ObjectNode line) {
        try {
            in.write(Line.text(line));
            in.newLine();
            in.flush();
        } catch (IOException ex) {
            keep("could not be told " + line.get("event") + ": " + ex.getMessage());
        }
    }

    /** How it ended and what it printed last, on one line for each. */
    String tail() {
        StringBuilder text = new StringBuilder(256).append(name).append(" pid=").append(pid())
            .append(process.isAlive() ? " is alive" : " ended with " + process.exitValue());
        synchronized (tail) {
            tail.forEach(line -> text.append("\n  ").append(line));
        }
        return text.toString();
    }

    /** Nothing more will be told: it ends for that. */
    void hangUp() {
        try {
            in.close();
        } catch (IOException ex) {
            keep("its input could not be closed: " + ex.getMessage());
        }
    }

    /** Gives a child that was told to finish a little time for it. */
    void awaitEnd() {
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                keep("it did not end within " + GRACE_SECONDS + " s of its summary");
            }
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hangs up, waits a little for it to end by itself, then ends it. */
    @Override
    public void close() {
        hangUp();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
            }
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ex) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void read(String stream, InputStream from, BlockingQueue<Said> saidOrNull) {
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                    if (saidOrNull != null && text.startsWith("{")) {
                        saidOrNull.add(new Said(this, Line.parse(text)));
                    } else {
                        keep(text);
                    }
                }
            } catch (IOException | IllegalArgumentException ex) {
                keep("its " + stream + " cannot be read: " + ex.getMessage());
            }
            if (saidOrNull != null) {
                saidOrNull.add(new Said(this, null));
            }
        }, "baton-demo-" + name + "-" + stream);
        reader.setDaemon(true);
        reader.start();
    }

    private void keep(String line) {
        synchronized (tail) {
            if (tail.size() == TAIL_LINES_MAX) {
                tail.removeFirst();
            }
            tail.addLast(line);
        }
    }
}
