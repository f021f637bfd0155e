package dev.baton.sim.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What requests under way must show, and waits for it. */
final class Requests {
    private static final long TOLD_WITHIN_MS = 150_000;

    private Requests() {}

    /** Waits until that many were delivered and something is on its way. */
    static void awaitReceiving(FaultRig rig, BatonChild sender, int delivered) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            JsonNode decode = rig.stats();
            if (decode.at("/counters/delivered").asLong() >= delivered && decode.at("/reservations/live").asLong() > 0) {
                return;
            }
            if (!sender.isAlive() || System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(60)) {
                throw new IOException("requests do not flow: " + decode + " " + sender.tail());
            }
        }
    }

    /** Every request of it had an end, whichever. */
    static void requireTold(BatonChild sender) throws IOException {
        requireTold(sender, TOLD_WITHIN_MS);
    }

    static void requireTold(BatonChild sender, long withinMs) throws IOException {
        if (sender.awaitEnd(withinMs) == null) {
            throw new IOException("the sender was not told within bound: ms=" + withinMs + " " + sender.tail());
        }
        JsonNode json = sender.json();
        long told = json.get("completed").asLong() + json.get("rejected").asLong() + json.get("failed").asLong();
        if (told != json.get("requests").asLong()) {
            throw new IOException("requests without an end: " + json);
        }
    }

    static void requireDelivered(BatonChild sender, int requests) throws IOException {
        Integer exit = sender.awaitEnd(TOLD_WITHIN_MS);
        if (exit == null || exit != 0 || sender.json().get("requests").asLong() != requests) {
            throw notDelivered(exit == null ? null : sender.json(), sender.outText().strip() + " " + sender.tail());
        }
    }

    /** @param toldOrNull what the sender says of its requests; null if it has not ended */
    static IOException notDelivered(JsonNode toldOrNull, String facts) {
        String message = "not all were delivered: " + facts;
        return toldOrNull != null && isAllElseStalled(toldOrNull) ? new StoodStillException(message) : new IOException(message);
    }

    private static boolean isAllElseStalled(JsonNode told) {
        long delivered = told.at("/ends/delivered").asLong();
        long stalled = told.at("/ends/stalled").asLong();
        return stalled > 0 && delivered == told.get("completed").asLong() && delivered + stalled == told.get("requests").asLong();
    }
}
