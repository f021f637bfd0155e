package dev.baton.sim.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

import dev.baton.platform.Canary;
import dev.baton.sim.report.Silence;

/** A process that takes on one defect after the other: reads its name, tells whether it was found, a line each. */
public final class HuntMain {
    private HuntMain() {}

    /** Ends with its standard input. */
    public static void main(String[] args) throws IOException {
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Silence _ = Silence.whole()) {
            for (String name = names.readLine(); name != null; name = names.readLine()) {
                long startNs = System.nanoTime();
                Canary canary = Canary.valueOf(name);
                String said = Hunt.ALL.get(canary).run(canary);
                System.out.printf("canary=%s %s seconds=%.1f%n", canary, said, (System.nanoTime() - startNs) / 1e9);
            }
        }
    }
}
