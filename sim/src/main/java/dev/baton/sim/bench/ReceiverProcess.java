package dev.baton.sim.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The sender's handle on the receiving process: a JVM with the same flags and classes as this one. One thread. */
final class ReceiverProcess implements AutoCloseable {
    private static final long END_SECONDS_MAX = 10;

    private final Process process;
    private final BufferedReader answers;
    private final PrintStream lines;

    /** Starts it and waits until its memory is there. */
    ReceiverProcess(BenchSetup setup) throws IOException {
        this(BenchReceiverMain.class, setup.toArguments());
    }

    /** The same with another class, which prints {@code started} once it is ready. */
    ReceiverProcess(Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-agentlib")).toList());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        lines = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        expect("started");
    }

    /**
     * Sends a line and gives the rest of its answer.
     * @throws IllegalStateException if the answer is another, with what it says
     */
    String ask(String line, String answer) throws IOException {
        lines.println(line);
        return expect(answer);
    }

    /** Waits for an answer that begins with this word and gives the rest of it. */
    String expect(String word) throws IOException {
        String line = answers.readLine();
        if (line == null || !(line.equals(word) || line.startsWith(word + " "))) {
            throw new IllegalStateException("the receiving process did not answer as expected: expected=" + word +
                " answer=" + (line == null ? "none, it ended" : line));
        }
        return line.substring(word.length()).strip();
    }

    /** Ends its input, and with that the process. */
    @Override
    public void close() {
        lines.close();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ex) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
