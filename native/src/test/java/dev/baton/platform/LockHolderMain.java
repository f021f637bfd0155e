package dev.baton.platform;

import java.io.IOException;
import java.nio.file.Path;

/** A process that holds a lock until it is killed or its input ends. */
final class LockHolderMain {
    private LockHolderMain() {}

    public static void main(String[] args) throws IOException {
        try (ProcessLock lock = ProcessLock.hold(Path.of(args[0]))) {
            System.out.println(lock.isHeldElsewhere() ? "NOT HELD" : "HELD");
            if (System.in.read() == -1) {
                System.out.println("RELEASED");
            }
        }
    }
}
