package dev.baton.sim.demo;

import java.util.Locale;

/** How a request of the demo ended. */
enum RequestOutcome {
    /** Delivered, compared and given back. */
    COMPLETED,
    /** Refused for good, with a reason; a refusal that says when to come back is not an end. */
    REJECTED,
    /** Neither: it was given up on the way, or nobody knows. */
    FAILED;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static RequestOutcome ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
