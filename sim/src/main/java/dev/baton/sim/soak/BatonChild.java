package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code baton} command as a process: a JVM with this one's class path and flags. Both its streams go to files, so
 * that it never waits for a reader. Made and closed by one thread.
 */
final class BatonChild implements AutoCloseable {
    private static final String MAIN = "dev.baton.sim.Baton";
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Pattern DRIVER = Pattern.compile("(/\\S*/baton-aeron-[0-9a-f]+)/");

    private final String name;
    private final Process process;
    private final Set<Path> drivers = new HashSet<>();
    private final Path out;
    private final Path err;

    private BatonChild(String name, Process process, Path out, Path err) {
        this.name = name;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * @param entry       what stands before the command, e.g. a namespace's entry
     * @param environment added to this process's
     */
    static BatonChild start(Path folder, List<String> entry, Map<String, String> environment, List<String> args)
        throws IOException {
        List<String> words = new ArrayList<>(List.of(MAIN));
        words.addAll(args);
        return start(folder, args.getFirst(), entry, environment, words);
    }

    /**
     * As above, of another main class.
     *
     * @param words JVM options, the class, and its arguments
     */
    static BatonChild start(Path folder, String name, List<String> entry, Map<String, String> environment, List<String> words)
        throws IOException {
        List<String> command = new ArrayList<>(entry);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xm")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-Xmx512m", "-cp", classPath()));
        command.addAll(words);
        Path out = Files.createTempFile(folder, name, ".out");
        Path err = Files.createTempFile(folder, name, ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new BatonChild(name, builder.start(), out, err);
    }

    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the ready line and gives its HOST:PORT. */
    String awaitListening(long withinSeconds) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            String text = Files.readString(out) + Files.readString(err);
            for (String line : text.lines().toList()) {
                if (line.startsWith("LISTENING ") && text.contains(line + "\n")) {
                    return line.split(" ", -1)[1];
                }
            }
            if (!process.isAlive() || System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(withinSeconds)) {
                throw new IOException(name + " does not listen within " + withinSeconds + " s: " + tail());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Its exit code; null while it runs on after that time. */
    Integer awaitEnd(long withinMs) {
        try {
            return process.waitFor(withinMs, TimeUnit.MILLISECONDS) ? (Integer) process.exitValue() : null;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** The one object that it printed on standard output. */
    JsonNode json() throws IOException {
        String text = Files.readString(out).strip();
        if (text.isEmpty() || text.indexOf('\n') >= 0) {
            throw new IOException(name + " did not print one JSON object: " + text + " " + tail());
        }
        return new ObjectMapper().readTree(text);
    }

    /** Sends it a signal by name: KILL, STOP, CONT, TERM. */
    void signal(String signal) throws IOException {
        if (signal.equals("KILL")) {
            noteDriver();
        }
        Tool.run("kill", "-" + signal, Long.toString(pid()));
    }

    /** Asks it to end as an operator would. Returns the exit code, null if it does not end in that time. */
    Integer terminate(long withinMs) throws IOException {
        if (process.isAlive()) {
            signal("TERM");
        }
        return awaitEnd(withinMs);
    }

    String outText() throws IOException {
        return Files.readString(out);
    }

    String errText() throws IOException {
        return Files.readString(err);
    }

    /** The last lines that it printed, for a report of what went wrong. */
    String tail() throws IOException {
        List<String> lines = (Files.readString(out) + Files.readString(err)).lines().toList();
        String state = process.isAlive() ? "runs" : "exit " + process.exitValue();
        return name + " " + state + ": " + String.join(" | ", lines.subList(Math.max(0, lines.size() - 6), lines.size()));
    }

    /** A killed process cannot unlink its own media driver's files: which they are is only known while it lives. */
    private void noteDriver() {
        try {
            Matcher matcher = DRIVER.matcher(Files.readString(Path.of("/proc", Long.toString(pid()), "maps")));
            while (matcher.find()) {
                drivers.add(Path.of(matcher.group(1)));
            }
        } catch (IOException ex) {
            // It ended meanwhile, by itself, and then it unlinked them.
            drivers.removeIf(directory -> !Files.exists(directory));
        }
    }

    /** Ends it and removes what it could not remove itself. */
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            noteDriver();
            process.destroyForcibly();
            awaitEnd(TimeUnit.SECONDS.toMillis(10));
        }
        for (Path directory : drivers) {
            Folders.delete(directory);
        }
        Files.deleteIfExists(SHARED_MEMORY.resolve("faketime_shm_" + pid()));
        Files.deleteIfExists(SHARED_MEMORY.resolve("sem.faketime_sem_" + pid()));
    }
}
