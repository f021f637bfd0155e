package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

/** One fault: when it began, when each end knew and what it said. Prints a line of the table in docs/faults.md. */
final class RdmaFault {
    /** A dead link is noticed within this. */
    private static final long NOTICED_NS_MAX = TimeUnit.SECONDS.toNanos(4);

    private final String name;
    private final long startNs = System.nanoTime();
    private long senderNs = -1;
    private long receiverNs = -1;
    private String senderSays = "";
    private String receiverSays = "";

    RdmaFault(String name) {
        this.name = name;
    }

    /** Notes the moment at which it first holds. */
    boolean senderKnows(boolean holds, String says) {
        if (holds && senderNs < 0) {
            senderNs = System.nanoTime() - startNs;
            senderSays = says;
        }
        return senderNs >= 0;
    }

    boolean receiverKnows(boolean holds, String says) {
        if (holds && receiverNs < 0) {
            receiverNs = System.nanoTime() - startNs;
            receiverSays = says;
        }
        return receiverNs >= 0;
    }

    /** Notes both; true once each has held. */
    boolean bothKnow(boolean senderHolds, String senderWord, boolean receiverHolds, String receiverWord) {
        boolean senderKnows = senderKnows(senderHolds, senderWord);
        boolean receiverKnows = receiverKnows(receiverHolds, receiverWord);
        return senderKnows && receiverKnows;
    }

    void checkBound() {
        assertTrue(senderNs >= 0 && senderNs < NOTICED_NS_MAX, () -> "sender knew after ms=" + ms(senderNs));
        assertTrue(receiverNs >= 0 && receiverNs < NOTICED_NS_MAX, () -> "receiver knew after ms=" + ms(receiverNs));
        assertNotEquals("", senderSays);
    }

    void report(String extents) {
        System.out.println("fault=\"" + name + "\" senderMs=" + ms(senderNs) + " senderSays=\"" + senderSays + "\" receiverMs=" +
            ms(receiverNs) + " receiverSays=\"" + receiverSays + "\" extents=\"" + extents + "\"");
    }

    private static long ms(long durationNs) {
        return durationNs < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(durationNs);
    }
}
