package dev.baton.sim.time;

import org.agrona.concurrent.NanoClock;

/** A process's monotonic clock: it began somewhere, and runs a little faster or slower than virtual time does. */
public final class DriftingClock implements NanoClock {
    private final Agenda agenda;
    private final long bornNs;
    private final long startNs;
    private final double rate;

    /**
     * @param startNs what it shows now
     * @param rate    its nanoseconds for one of virtual time; 0.99 to 1.01 for the clocks of computers
     */
    public DriftingClock(Agenda agenda, long startNs, double rate) {
        this.agenda = agenda;
        this.bornNs = agenda.nowNs();
        this.startNs = startNs;
        this.rate = rate;
    }

    @Override
    public long nanoTime() {
        return startNs + (long) ((agenda.nowNs() - bornNs) * rate);
    }
}
