package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.kv.CellMap;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.EngineRoom;
import dev.baton.sim.time.Chance;

/**
 * A decode engine's own memory, which has a bound in some seeds: what it takes fills it until that is decoded, and the engine tells
 * what is left a while after that has changed. Whatever it takes it must have room for (S20).
 */
final class EngineSlots {
    private static final long MS = 1_000_000;
    private static final long DECODE_MAX_NS = 2_000 * MS;
    private static final long TELL_MAX_NS = 50 * MS;
    private static final int REQUESTS_MAX = 4;

    /** Until when so many tokens are its. */
    private record Decode(long tokens, long untilNs) {}

    private final Cluster cluster;
    private final int node;
    private final Chance chance;
    private final boolean isBounded;
    private final long requestsMax;
    private final long tokensMax;
    private final List<Decode> decodes = new ArrayList<>();
    private long tellNs = Long.MAX_VALUE;
    private boolean isEndless;

    EngineSlots(Cluster cluster, int node) {
        this.cluster = cluster;
        this.node = node;
        Plan plan = cluster.plan();
        isBounded = plan.areEnginesBounded;
        chance = Chance.of(plan.seed, "engine-room" + node);
        long longest = Math.max(cluster.impossible().tokensMax(),
            plan.requests.stream().mapToLong(request -> request.tokens() + (long) request.growthTokens()).max().orElse(1));
        requestsMax = chance.between(1, REQUESTS_MAX);
        tokensMax = longest + chance.between(0, 2 * longest);
    }

    /** A new life of it. */
    void attached(DecodeReceiver receiver) {
        decodes.clear();
        isEndless = false;
        if (isBounded) {
            tell(receiver);
        }
    }

    /** It has taken that, now. */
    void took(CellMap map, long nowNs) {
        if (!isBounded || isEndless) {
            return;
        }
        long tokens = (long) map.tokens() + map.growthTokens();
        if (decodes.size() + 1 > requestsMax || used() + tokens > tokensMax) {
            throw new Violation("S20", "more is granted than the engine takes: requests=" + decodes.size() + " of " + requestsMax +
                " tokens=" + used() + " of " + tokensMax + ", and now " + tokens);
        }
        decodes.add(new Decode(tokens, nowNs + chance.between(1, DECODE_MAX_NS)));
        if (decodes.size() == requestsMax) {
            cluster.oracle().seen(node, "engine-full", requestsMax);
        }
    }

    /** When it has something to do next. */
    long cycle(DecodeReceiver receiver, long nowNs) {
        if (!isBounded || isEndless) {
            return Long.MAX_VALUE;
        }
        if (cluster.isHealed()) {
            isEndless = true;   // the last requests wait for memory alone
            receiver.room(EngineRoom.ENDLESS, EngineRoom.ENDLESS, EngineRoom.ENDLESS);
            return Long.MAX_VALUE;
        }
        if (decodes.removeIf(decode -> decode.untilNs() <= nowNs) && tellNs == Long.MAX_VALUE) {
            tellNs = nowNs + chance.between(0, TELL_MAX_NS);
        }
        if (tellNs <= nowNs) {
            tell(receiver);
        }
        long nextNs = tellNs;
        for (Decode decode : decodes) {
            nextNs = Math.min(nextNs, decode.untilNs());
        }
        return nextNs;
    }

    private void tell(DecodeReceiver receiver) {
        tellNs = Long.MAX_VALUE;
        receiver.room(requestsMax - decodes.size(), tokensMax - used(), EngineRoom.ENDLESS);
        cluster.oracle().seen(node, "engine-told", requestsMax - decodes.size());
    }

    private long used() {
        long tokens = 0;
        for (Decode decode : decodes) {
            tokens += decode.tokens();
        }
        return tokens;
    }
}
