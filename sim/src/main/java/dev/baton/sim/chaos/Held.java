package dev.baton.sim.chaos;

import dev.baton.receiver.core.ReadyHandoff;

/** What a decode engine has, or is about to take. */
final class Held {
    final ReadyHandoff ready;
    final Attempt attempt;
    long takeNs;
    long releaseNs;
    boolean isTaken;

    Held(ReadyHandoff ready, Attempt attempt) {
        this.ready = ready;
        this.attempt = attempt;
    }
}
