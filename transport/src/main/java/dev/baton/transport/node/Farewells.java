package dev.baton.transport.node;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

import org.agrona.DirectBuffer;

import dev.baton.transport.WireMaxima;

/** Last words to peers with whom there is no session: said when their path connects, or dropped after 2 s. Bounded. */
final class Farewells {
    private static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(2);

    private record Farewell(ControlPath path, DirectBuffer message, long deadlineNs) {}

    private final ArrayDeque<Farewell> waiting = new ArrayDeque<>();

    /** Whether there is room for one more; a flood of bad Hellos must not open paths without end. */
    boolean hasRoom() {
        return waiting.size() < WireMaxima.REFUSALS_WAITING_MAX;
    }

    void add(ControlPath path, DirectBuffer message, long nowNs) {
        waiting.add(new Farewell(path, message, nowNs + WITHIN_NS));
    }

    int poll(long nowNs) {
        int workCount = 0;
        for (int i = waiting.size(); i > 0; i--) {
            Farewell farewell = waiting.poll();
            long taken = farewell.path.offer(farewell.message, 0, farewell.message.capacity());
            if (taken == ControlPath.BACK_PRESSURED && farewell.deadlineNs - nowNs > 0) {
                waiting.add(farewell);
            } else {
                farewell.path.close();
                workCount++;
            }
        }
        return workCount;
    }

    void close() {
        waiting.forEach(farewell -> farewell.path.close());
        waiting.clear();
    }
}
