package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A daemon that the launcher started, from the jars that were just made: its ready line, its ports, its end. One thread. */
final class BatonProcess implements AutoCloseable {
    private static final Path LAUNCHER = Path.of("..", "baton").toAbsolutePath().normalize();
    private static final int END_WITHIN_SECONDS = 30;

    private final Process process;
    private final BufferedReader out;
    private final Path err;
    private final String address;

    private BatonProcess(Process process, Path err, boolean isJson) throws IOException {
        this.process = process;
        this.err = err;
        out = process.inputReader();
        String line = isJson ? firstErrLine() : out.readLine();
        assertTrue(line != null && line.startsWith("LISTENING "), () -> "first line: " + line + ", stderr: " + errText());
        address = line.split(" ", -1)[1];
    }

    /** Starts one and waits until it listens. */
    static BatonProcess listening(Path folder, String... args) throws IOException {
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(LAUNCHER.toString()).directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectError(err.toFile());
        builder.command().addAll(List.of(args));
        builder.environment().put("BATON_BUILD", "never");
        Process process = builder.start();
        try {
            return new BatonProcess(process, err, builder.command().contains("--json"));
        } catch (IOException | AssertionError ex) {
            process.destroyForcibly();
            throw ex;
        }
    }

    /** With --json the ready line goes where progress goes. */
    private String firstErrLine() throws IOException {
        long startNs = System.nanoTime();
        while (Files.readString(err).indexOf('\n') < 0 && process.isAlive() &&
            System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(END_WITHIN_SECONDS)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return Files.readString(err).lines().findFirst().orElse("");
    }

    /** HOST:PORT of its control. */
    String address() {
        return address;
    }

    String errText() {
        try {
            return Files.readString(err);
        } catch (IOException ex) {
            return "cannot be read: " + ex;
        }
    }

    /** Asks it to end as an operator would, and waits; what else it printed comes back. */
    List<String> terminate() throws IOException, InterruptedException {
        process.toHandle().destroy();
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
        }
        assertTrue(process.waitFor(END_WITHIN_SECONDS, TimeUnit.SECONDS), "ends after SIGTERM");
        assertFalse(errText().contains("Exception"), this::errText);
        return lines;
    }

    int exitCode() {
        return process.exitValue();
    }

    /** Ports of 127.0.0.1 or any address that it listens at: {@code protocol} is tcp or udp. */
    List<Integer> ports(String protocol) throws IOException {
        Set<String> inodes = socketInodes();
        List<Integer> ports = new ArrayList<>();
        for (String table : List.of(protocol, protocol + "6")) {
            Path file = Path.of("/proc", Long.toString(process.pid()), "net", table);
            for (String row : Files.isReadable(file) ? Files.readAllLines(file) : List.<String>of()) {
                String[] cells = row.strip().split("\\s+", -1);
                boolean isListening = cells.length > 9 && cells[3].equals(protocol.equals("tcp") ? "0A" : "07");
                if (isListening && inodes.contains(cells[9])) {
                    ports.add(Integer.parseInt(cells[1].substring(cells[1].lastIndexOf(':') + 1), 16));
                }
            }
        }
        return ports;
    }

    private Set<String> socketInodes() throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            for (Path file : files.toList()) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (FileSystemException ex) {
                    // Closed since it was listed; so it is no socket that is listened at.
                    inodes.remove(file.toString());
                }
            }
        }
        return inodes;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        out.close();
    }
}
