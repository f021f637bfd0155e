package dev.baton.sim.e2e;

import java.io.IOException;
import java.nio.file.Path;

import dev.baton.platform.ProcessLock;

/** An engine as far as a node watches it: a process that locks the file it is given, says so, and does nothing until it is killed. */
public final class EngineMain {
    private EngineMain() {}

    public static void main(String[] args) throws IOException {
        try (ProcessLock lock = ProcessLock.open(Path.of(args[0]))) {
            System.out.println(lock.tryHold() ? "HOLDING" : "HELD BY ANOTHER");
            while (System.in.read() >= 0) {
                // Nothing is asked of it.
            }
        }
    }
}
