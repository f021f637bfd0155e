package dev.baton.sim.soak;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One short run of a tool of the operating system. */
final class Tool {
    private static final long WITHIN_SECONDS = 20;

    private Tool() {}

    /**
     * Runs it and gives back what it printed, both streams.
     *
     * @throws IOException with its words if it is not there, does not end in 20 s, or ends with anything but 0
     */
    static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).start();
        try {
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(WITHIN_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("it does not end in " + WITHIN_SECONDS + " s: " + String.join(" ", command));
            }
            if (process.exitValue() != 0) {
                throw new IOException("exit " + process.exitValue() + " of " + List.of(command) + ": " + text.strip());
            }
            return text;
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it ran: " + List.of(command), ex);
        } finally {
            process.destroyForcibly();
        }
    }
}
