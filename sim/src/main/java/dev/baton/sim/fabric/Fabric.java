package dev.baton.sim.fabric;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import dev.baton.sim.time.Agenda;
import dev.baton.sim.time.Chance;

/** All processes, what lies between them, and who watches. Single-threaded, like everything on it. */
public final class Fabric {
    /** What a sender holds as long as it may write there: made by that receiver, for both may send on one session. */
    private record Lock(long receiver, long sessionId) {}

    private final Agenda agenda;
    private final Chance chance;
    private final Weather weather = new Weather();
    private final FabricListener listener;
    private final Map<String, SimProcess> byAddress = new HashMap<>();
    private final Map<Long, SimProcess> byIncarnation = new HashMap<>();
    private final Map<Lock, SimProcess> holders = new HashMap<>();
    private final Map<String, Map<String, Long>> blockedUntilNs = new HashMap<>();
    private final Set<Conduit> heldUp = new LinkedHashSet<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Set<String> orderly = new HashSet<>();
    private boolean hasCards;
    private int delayedCount;
    private int queuedCount;

    public Fabric(Agenda agenda, long seed, FabricListener listener) {
        this.agenda = agenda;
        this.chance = Chance.of(seed, "fabric");
        this.listener = listener;
    }

    public Weather weather() {
        return weather;
    }

    public Agenda agenda() {
        return agenda;
    }

    /** From now on processes have cards: lanes over RDMA are the production's own, and not played as a whole. */
    public void cards(boolean value) {
        hasCards = value;
    }

    boolean hasCards() {
        return hasCards;
    }

    Chance chance() {
        return chance;
    }

    FabricListener listener() {
        return listener;
    }

    /** Faults that the fabric has injected, by kind: those that happened, each time that they did. */
    public Map<String, Integer> faultCounts() {
        Map<String, Integer> all = new TreeMap<>(counts);
        Map.of("delay", delayedCount, "bandwidth", queuedCount).forEach((kind, count) -> {
            if (count > 0) {
                all.put(kind, count);
            }
        });
        return all;
    }

    void injected(String kind) {
        counts.merge(kind, 1, Integer::sum);
    }

    /** What goes between these two is never raw: they are promised that their words come in order, or not at all. */
    public void orderly(String hostA, String hostB) {
        orderly.add(hostA + " " + hostB);
        orderly.add(hostB + " " + hostA);
    }

    boolean isOrderly(String fromHost, String toHost) {
        return !orderly.isEmpty() && orderly.contains(fromHost + " " + toHost);
    }

    /** From now on nothing goes from the one host to the other, until then. */
    public void block(String fromHost, String toHost, long untilNs) {
        blockedUntilNs.computeIfAbsent(fromHost, host -> new HashMap<>()).merge(toHost, untilNs, Math::max);
    }

    /** Every way is open, and what a partition held up goes on now. */
    public void unblock() {
        blockedUntilNs.clear();
        List<Conduit> waiting = List.copyOf(heldUp);
        heldUp.clear();
        waiting.forEach(Conduit::onUnblocked);
    }

    /** That way is blocked; it is told when all are open before their time. */
    void awaitUnblock(Conduit conduit) {
        heldUp.add(conduit);
    }

    /** When that way opens; in the past where it is open. */
    long blockedUntilNs(String fromHost, String toHost) {
        Map<String, Long> from = blockedUntilNs.isEmpty() ? null : blockedUntilNs.get(fromHost);
        return from == null ? 0 : from.getOrDefault(toHost, 0L);
    }

    long delayNs() {
        long delayNs = chance.between(weather.delayMinNs, weather.delayMaxNs);
        if (delayNs > Weather.CALM_DELAY_MAX_NS) {
            delayedCount++;
        }
        return delayNs;
    }

    /** What is sent now leaves so much later, as its lane carries so few bytes a second; counted where it is longer than calm delays. */
    void onQueued(long forNs) {
        if (forNs > Weather.CALM_DELAY_MAX_NS && weather.bytesPerSecond < Weather.CALM_BYTES_PER_SECOND) {
            queuedCount++;
        }
    }

    void add(SimProcess process) {
        byAddress.put(process.address(), process);
        byIncarnation.put(process.incarnation(), process);
    }

    void remove(SimProcess process) {
        byAddress.remove(process.address(), process);
        byIncarnation.remove(process.incarnation(), process);
    }

    void hold(long receiver, long sessionId, SimProcess holder) {
        holders.put(new Lock(receiver, sessionId), holder);
    }

    void release(long receiver, long sessionId, SimProcess holder) {
        holders.remove(new Lock(receiver, sessionId), holder);
    }

    /** The living process that holds the session's lock. */
    SimProcess holderOrNull(long receiver, long sessionId) {
        SimProcess holder = holders.get(new Lock(receiver, sessionId));
        return holder == null || holder.isDead() ? null : holder;
    }

    /** The process that lives there; null if none does. */
    SimProcess atOrNull(String address) {
        return byAddress.get(address);
    }

    /** The process that lives on that host; null if none does. */
    SimProcess onHostOrNull(String host) {
        for (SimProcess process : byAddress.values()) {
            if (process.host().equals(host)) {
                return process;
            }
        }
        return null;
    }

    SimProcess ofIncarnationOrNull(long incarnation) {
        return byIncarnation.get(incarnation);
    }
}
