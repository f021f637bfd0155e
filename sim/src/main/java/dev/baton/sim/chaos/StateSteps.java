package dev.baton.sim.chaos;

import java.util.Map;

/** How often things went from one state to another. A state is counted by its place in its enum, as this is told often. */
final class StateSteps<S extends Enum<S>> {
    private final S[] states;
    /** By the two states' places; what was in none before is in the last row. */
    private final int[] counts;

    StateSteps(S[] states) {
        this.states = states;
        this.counts = new int[(states.length + 1) * states.length];
    }

    /** @param before null where it came to be */
    @SuppressWarnings("EnumOrdinal")   // a place in a table that lives as long as one seed
    void step(S before, S after) {
        counts[(before == null ? states.length : before.ordinal()) * states.length + after.ordinal()]++;
    }

    /** Adds what was taken, as BEFORE>AFTER. */
    void addTo(Map<String, Integer> named) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                int from = i / states.length;
                named.put((from == states.length ? "-" : states[from].name()) + ">" + states[i % states.length].name(),
                    counts[i]);
            }
        }
    }
}
