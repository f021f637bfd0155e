package dev.baton.sender.core;

/**
 * The sender's own copy of one reservation's lease. What is posted goes by the earliest time that the receiver's may
 * have begun: posts stop when {@link #POST_PERCENT} of it is over, so that what is under way then still lands in time.
 * What was granted is given up by the latest: until then an answer to RENEW may say that it lives. Pure; control agent's
 * thread.
 * <pre>
 *   began ────────── RENEW ───────── RENEW ─── posts stop ─────── end
 *     0 %             20 %            40 % ...    70 %           100 %
 * </pre>
 */
final class Lease {
    private static final int POST_PERCENT = 70;
    private static final int RENEWALS_PER_LEASE = 5;
    private static final int RENEWALS_REMEMBERED = 8;   // a power of two

    private long beganNs;           // at the receiver, at the earliest
    private long lengthNs;          // 0 while none runs
    private long endNs;
    private long renewAtNs;
    private final long[] renewSentNs = new long[RENEWALS_REMEMBERED];
    private int renewNumber;
    private int renewCount;         // sent since the lease began, or was renewed

    /**
     * The word of it came. Where most of it may have gone by on the way here, it is renewed at once: only an answer to
     * RENEW says how much is left.
     *
     * @param earliestNs before this the receiver's had not begun
     * @param leaseNs    0 for a grant without one, which only its session and its deadline end
     */
    void begin(long earliestNs, long leaseNs, long nowNs) {
        beganNs = earliestNs;
        lengthNs = leaseNs;
        endNs = nowNs + leaseNs;
        long postLeftNs = Math.max(0, leaseNs / 100 * POST_PERCENT - (nowNs - earliestNs));
        renewAtNs = nowNs + Math.min(leaseNs / RENEWALS_PER_LEASE, postLeftNs / 2);
        renewCount = 0;
    }

    /** Nothing more is posted, so nothing more has to be held. */
    void stop() {
        lengthNs = 0;
    }

    boolean isRunning() {
        return lengthNs > 0;
    }

    /** Nothing is posted from here on; {@link OutboundHandoff#NEVER} without a lease. */
    long postUntilNs() {
        return isRunning() ? beganNs + lengthNs / 100 * POST_PERCENT : OutboundHandoff.NEVER;
    }

    /** Nothing is held there any more; {@link OutboundHandoff#NEVER} without a lease. */
    long endNs() {
        return isRunning() ? endNs : OutboundHandoff.NEVER;
    }

    /** {@link OutboundHandoff#NEVER} without a lease. */
    long renewAtNs() {
        return isRunning() ? renewAtNs : OutboundHandoff.NEVER;
    }

    /** RENEW is sent now; its answer must carry this number. */
    int renewing(long nowNs) {
        renewAtNs = nowNs + lengthNs / RENEWALS_PER_LEASE;
        renewCount = Math.min(renewCount + 1, RENEWALS_REMEMBERED);
        renewNumber = (renewNumber + 1) & HandoffBoard.QUESTION_MAX;
        renewSentNs[renewNumber & RENEWALS_REMEMBERED - 1] = nowNs;
        return renewNumber;
    }

    /**
     * The lease began anew when its RENEW was sent. An answer that comes again, or behind that of a
     * later RENEW, says nothing new.
     *
     * @return whether it did
     */
    boolean renewed(int number, long leaseNs) {
        int behind = (renewNumber - number) & HandoffBoard.QUESTION_MAX;
        if (!isRunning() || behind >= renewCount || leaseNs <= 0) {
            return false;
        }
        renewCount = behind;
        beganNs = renewSentNs[number & RENEWALS_REMEMBERED - 1];
        lengthNs = leaseNs;
        endNs = beganNs + leaseNs;
        return true;
    }
}
