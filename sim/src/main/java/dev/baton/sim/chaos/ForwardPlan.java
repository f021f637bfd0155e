package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.sim.time.Chance;

/** Which receivers send, too, and what they hand on of what they received. */
final class ForwardPlan {
    /** Numbers of what is handed on are above those of fetches. */
    private static final int FIRST = 1 << 21;
    private static final int END = 2 * FIRST;
    /** Numbers of what is fetched for an engine to read. */
    static final int READ_FIRST = END;

    private ForwardPlan() {}

    /** One at least, of those that have all shards of what they hold. */
    static List<Integer> forwarders(Chance chance, List<GangPlan> instances) {
        List<Integer> whole = new ArrayList<>();
        for (int receiver = 0; receiver < instances.size(); receiver++) {
            if (!instances.get(receiver).isGang()) {
                whole.add(receiver);
            }
        }
        int first = whole.get(chance.below(whole.size()));
        List<Integer> forwarders = new ArrayList<>();
        for (int receiver : whole) {
            if (chance.below(3) == 0 || receiver == first) {
                forwarders.add(receiver);
            }
        }
        return forwarders;
    }

    /** Prompts of requests that went there before, a while after, to others; now and then in the name of a tenant whose prompt it is not. */
    static List<Request> forwards(Plan plan, Chance chance) {
        List<Request> forwards = new ArrayList<>();
        int count = (int) chance.between(4, 40);
        for (int i = 0; i < count && !plan.requests.isEmpty(); i++) {
            Request of = plan.requests.get(chance.below(plan.requests.size()));
            int forwarder = plan.forwarders.contains(of.receiver()) && chance.below(8) != 0 ? plan.forwarders.indexOf(of.receiver())
                : chance.below(plan.forwarders.size());
            int receiver = (plan.forwarders.get(forwarder) + 1 + chance.below(plan.receivers - 1)) % plan.receivers;
            long atNs = chance.between(of.atNs(), plan.chaosNs);
            long chunkNs = chance.between(10_000, 50_000_000);
            long deadline = chance.between(500, 10_000);
            long tenant = of.tenant() + (chance.below(8) == 0 ? 1 : 0);
            if (!of.keys().isEmpty()) {
                forwards.add(new Request(FIRST + i, plan.senders + forwarder, receiver, atNs, false, of.tokens(), of.growthTokens(), chunkNs,
                    deadline, tenant, of.keys()));
            }
        }
        return forwards;
    }

    /** What decode nodes fetch from those that send, too: out of their pools. */
    static List<Request> fetches(Plan plan, Chance chance, int blockTokens, int first) {
        List<Request> fetches = new ArrayList<>();
        for (Request forward : plan.forwards) {
            if (chance.below(3) == 0) {
                fetches.add(new Request(first + fetches.size(), forward.sender(), forward.receiver(), chance.between(forward.atNs(), plan.chaosNs), false,
                    forward.keys().size() * blockTokens, 0, 0, forward.deadlineMs(), forward.tenant(), forward.keys()));
            }
        }
        return fetches;
    }

    static boolean isForward(Request request) {
        return request.index() >= FIRST && request.index() < END;
    }

    /** Its engine reads what lies there, in place of computing it. */
    static boolean isReadFirst(Request request) {
        return isForward(request) && request.index() % 2 == 0;
    }

    /** It asks a sender, too. */
    static boolean isFetchedFirst(Request request) {
        return request.index() % 4 == 0;
    }
}
