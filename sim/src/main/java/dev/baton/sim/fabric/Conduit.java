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
    private boolean isPumping;

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
        long arrivalNs = freeNs + fabric.delayNs();
        if (!isLocal && fabric.chance().happens(weather.lossRate)) {
            fabric.injected("retransmission");
            arrivalNs += fabric.chance().between(1_000_000, weather.retransmitMaxNs);
        }
        lastArrivalNs = Math.max(lastArrivalNs, arrivalNs);
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

    private void start() {
        if (!isPumping && !items.isEmpty()) {
            isPumping = true;
            agenda.at(Math.max(items.peek().arrivalNs, stalledUntilNs), pump);
        }
    }

    private void pump() {
        isPumping = false;
        Item head = items.peek();
        if (head == null) {
            return;
        }
        long nowNs = agenda.nowNs();
        long untilNs = isLocal ? pausedUntilNs(nowNs) : fabric.blockedUntilNs(from.host(), toHost);
        if (untilNs > nowNs && !isLocal && sink.onBlocked(untilNs - head.arrivalNs)) {
            return;
        }
        untilNs = Math.max(untilNs, stalledUntilNs);
        if (untilNs > nowNs) {
            isPumping = true;
            agenda.at(untilNs, pump);
            return;
        }
        if (head.arrivalNs <= nowNs) {
            items.poll();
            bytesInFlight -= head.lengthBytes;
            sink.onArrived(head.what);
        }
        start();
    }

    /** The copying thread is the process's own: while that is stopped, so is this. */
    private long pausedUntilNs(long nowNs) {
        return from.isPaused() ? nowNs + PAUSE_LOOK_NS : 0;
    }
}
