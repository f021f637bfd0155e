package dev.baton.sim.soak;

import java.util.ArrayList;
import java.util.List;

/** All kinds of fault that there are. */
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>(List.of(ProcessScenario.values()));
        all.addAll(List.of(NetworkScenario.values()));
        all.addAll(List.of(RelayScenario.values()));
        all.add(new RecoveryScenario());
        all.add(new BesideScenario());
        all.add(new DriverScenario());
        all.add(new RandomBytesScenario());
        return all;
    }
}
