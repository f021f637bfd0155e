package dev.baton.sim.fabric;

/** What the network and the lanes do to what they carry, now. Durations in nanoseconds, rates from 0 to 1. */
public final class Weather {
    /** Longest delay where nothing delays. */
    public static final long CALM_DELAY_MAX_NS = 200_000;
    /** Of a lane that nothing bounds. */
    public static final long CALM_BYTES_PER_SECOND = 1L << 30;

    public long delayMinNs = 20_000;
    public long delayMaxNs = CALM_DELAY_MAX_NS;
    /** Of messages and frames on ordered paths: they come late, by a retransmission. On raw ones they do not come. */
    public double lossRate;
    public long retransmitMaxNs = 200_000_000;
    /** Control is not ordered, and messages may be lost and doubled one by one. */
    public boolean isRaw;
    public double duplicateRate;
    public double rawReorderRate;
    public long rawDelayMaxNs = 5_000_000_000L;
    /** A lane carries so many bytes a second. */
    public long bytesPerSecond = CALM_BYTES_PER_SECOND;
    /** Of frames on two-sided lanes: one bit is another. */
    public double flipRate;
    /** Of frames on two-sided lanes: cut short. */
    public double truncateRate;
    /** Of frames and writes: the lane breaks behind it. */
    public double breakRate;
    /** Of one-sided writes: it, and what is behind it, lands so much later. */
    public double lateRate;
    public long lateMaxNs = 30_000_000_000L;
    /** Of one-sided writes that a card has, and has said so: it, and what is behind it, lies in memory so much later. */
    public double placedLateRate;
    public long placedLateMaxNs = 2_000_000_000L;
    /** Of one-sided writes: it lands and nobody says so; the lane counts as failed later. */
    public double completionLostRate;
    /** Of one-sided lanes that failed or whose process died: what is on its way lands all the same. */
    public double zombieRate;

    /** Of sessions: their one-sided lanes cannot be fenced. */
    public double fenceFailureRate;

    /** All is well from now on. */
    public void clear() {
        lossRate = 0;
        isRaw = false;
        duplicateRate = 0;
        rawReorderRate = 0;
        flipRate = 0;
        truncateRate = 0;
        breakRate = 0;
        lateRate = 0;
        placedLateRate = 0;
        completionLostRate = 0;
        fenceFailureRate = 0;
    }
}
