package dev.baton.sim.fabric;

import java.util.ArrayDeque;

import dev.baton.sim.time.Agenda;

/**
 * An ordered way from one process to a host: what goes in comes out later, in the same order, unless the way is cut. A
 * partition holds it up; whoever owns it decides what too long a one means.
 */
final class Conduit {
    /** What comes out, and what holds it up. */
    interface Sink {
        void onArrived(Object what);

        /** The way is blocked for so long in one go that the owner may give it up. True if it did. */
        default boolean onBlocked(long forNs) {
            return false;
        }
    }

    /** What arrives within so much of each other arrives at once, as a network card tells of it. */
    private static final long GRAIN_NS = 1 << 14;
    /** How often it looks whether a stopped process goes on. */
    private static final long PAUSE_LOOK_NS = 20_000_000;

    private record Item(long arrivalNs, Object what, int lengthBytes) {}

    private final Fabric fabric;
    private final Agenda agenda;
    private final SimProcess from;
    private final String toHost;
    private final boolean isLocal;
    private final Sink sink;
    private final Agenda.Happening pump = this::pump;
    private final ArrayDeque<Item> items = new ArrayDeque<>();
    private long lastArrivalNs;
    private long freeNs;
    private long stalledUntilNs;
    private int bytesInFlight;
    /** When it looks next; what was asked of the agenda for another time counts for nothing. */
    private long pumpNs = Long.MAX_VALUE;

    /** @param isLocal on one host: no partition blocks it, but its sender's own stop does */
    Conduit(Fabric fabric, SimProcess from, String toHost, boolean isLocal, Sink sink) {
        this.fabric = fabric;
        this.agenda = fabric.agenda();
        this.from = from;
        this.toHost = toHost;
        this.isLocal = isLocal;
        this.sink = sink;
    }

    int count() {
        return items.size();
    }

    int bytesInFlight() {
        return bytesInFlight;
    }

    void send(Object what, int lengthBytes) {
        Weather weather = fabric.weather();
        long nowNs = agenda.nowNs();
        freeNs = Math.max(nowNs, freeNs) + lengthBytes * 1_000_000_000L / weather.bytesPerSecond;
        fabric.onQueued(freeNs - nowNs);
        long arrivalNs = freeNs + fabric.delayNs();
        if (!isLocal && fabric.chance().happens(weather.lossRate)) {
            fabric.injected("loss");
            fabric.injected("retransmission");
            arrivalNs += fabric.chance().between(1_000_000, weather.retransmitMaxNs);
        }
        lastArrivalNs = Math.max(lastArrivalNs, (arrivalNs + GRAIN_NS - 1) & -GRAIN_NS);
        items.add(new Item(lastArrivalNs, what, lengthBytes));
        bytesInFlight += lengthBytes;
        start();
    }

    /** Nothing comes out before then. */
    void stall(long forNs) {
        stalledUntilNs = Math.max(stalledUntilNs, agenda.nowNs() + forNs);
    }

    /** What is on its way is lost. */
    void cut() {
        items.clear();
        bytesInFlight = 0;
    }

    /** The way was blocked and is open again. */
    void onUnblocked() {
        pumpNs = Long.MAX_VALUE;
        start();
    }

    private void start() {
        if (pumpNs == Long.MAX_VALUE && !items.isEmpty()) {
            pumpAt(Math.max(items.peek().arrivalNs, stalledUntilNs));
        }
    }

    private void pumpAt(long atNs) {
        pumpNs = Math.max(atNs, agenda.nowNs());
        agenda.at(pumpNs, pump);
    }

    private void pump() {
        long nowNs = agenda.nowNs();
        if (nowNs != pumpNs) {
            return;
        }
        pumpNs = Long.MAX_VALUE;
        Item head = items.peek();
        if (head == null) {
            return;
        }
        long blockedNs = isLocal ? 0 : fabric.blockedUntilNs(from.host(), toHost);
        if (blockedNs > nowNs) {
            if (!sink.onBlocked(blockedNs - head.arrivalNs)) {
                fabric.awaitUnblock(this);
                pumpAt(Math.max(blockedNs, stalledUntilNs));
            }
            return;
        }
        long untilNs = Math.max(isLocal ? pausedUntilNs(nowNs) : 0, stalledUntilNs);
        if (untilNs > nowNs) {
            pumpAt(untilNs);
            return;
        }
        deliver(nowNs);
        start();
    }

    private void deliver(long nowNs) {
        Item head;
        while ((head = items.peek()) != null && head.arrivalNs <= nowNs && stalledUntilNs <= nowNs) {
            items.poll();
            bytesInFlight -= head.lengthBytes;
            sink.onArrived(head.what);
        }
    }

    /** The copying thread is the process's own: while that is stopped, so is this. */
    private long pausedUntilNs(long nowNs) {
        return from.isPaused() ? nowNs + PAUSE_LOOK_NS : 0;
    }
}
