package dev.baton.sim.trace;

import java.nio.file.Path;

/** Where published data lies that the project does not ship: {@code BATON_DATA}, or a neighbour of the repository. */
public final class SharedData {
    private SharedData() {}

    /** The folder, whether it is there or not; tests that need it skip where it is absent. */
    public static Path folder() {
        String told = System.getenv("BATON_DATA");
        return told == null ? Path.of("..", "..", "shared", "data") : Path.of(told);
    }
}
