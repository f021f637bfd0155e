package dev.baton.sim;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import dev.baton.sim.report.ExitCode;

/**
 * What the build runs once so that the JVM can keep which classes a Baton process loads, linked: a receiver and senders in
 * one process hand a few requests over. Not a command; the folder for shared memory is its one argument.
 */
final class TrainingRun {
    private static final List<String> SCHEMES = List.of("shm", "tcp");

    private TrainingRun() {}

    public static void main(String[] args) throws IOException {
        Path shm = Path.of(args[0]);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        PipedReader said = new PipedReader();
        PrintWriter receiverOut = new PrintWriter(new PipedWriter(said), true);
        Thread receiver = new Thread(() -> Baton.run(receiverOut, err, "receiver", "--pool", "64MiB", "--model",
            "Llama-3.2-1B", "--shm-dir", shm.toString(), "--verify-pattern", "42"), "baton-training-receiver");
        // What waits for a signal does not keep this process: it ends below, with all its hooks.
        receiver.setDaemon(true);
        receiver.start();
        String ready = new BufferedReader(said).readLine();
        int exitCode = ready == null ? ExitCode.FAILED : ExitCode.DONE;
        for (String scheme : SCHEMES) {
            if (exitCode == ExitCode.DONE) {
                exitCode = Baton.run(new PrintWriter(new StringWriter()), err, "send", "--to", ready.split(" ", -1)[1], "--model",
                    "Llama-3.2-1B", "--shm-dir", shm.toString(), "--window", "16MiB", "--transport", scheme, "--tokens", "700",
                    "--requests", "12", "--json");
            }
        }
        Baton.run(new PrintWriter(new StringWriter()), err, "demo", "--help");
        System.exit(exitCode);
    }
}
