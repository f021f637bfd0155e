package dev.baton.sim.soak;

import java.util.ArrayList;
import java.util.List;

/** All kinds of fault that there are. */
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        return new ArrayList<>(List.of(NetworkScenario.values()));
    }
}
