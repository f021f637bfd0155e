package dev.baton.sim.soak;

import java.io.IOException;
import java.util.SplittableRandom;

import dev.baton.platform.Availability;

/** One kind of fault, done to real processes. Stateless; run by one thread. */
interface Scenario {
    /** Its name on the command line and in reports. */
    @Override
    String toString();

    /** What is done, in one line. */
    String what();

    /** Whether this machine can do it. */
    Availability possible();

    /**
     * Does it once.
     *
     * @throws IOException with the facts if something was not as promised: a wrong byte, memory that does not come back,
     *                     an end that is not told, or a fault that did not happen
     */
    ScenarioResult run(SplittableRandom random) throws IOException;
}
