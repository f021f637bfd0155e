package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.sim.time.Chance;

/** What receivers ask for ahead of requests: from senders that may have it, and from below their own pools. */
final class FetchPlan {
    /** Numbers of fetches are above those of requests. */
    static final int FIRST = 1 << 20;
    private static final long AHEAD_MAX_NS = 2_000_000_000;

    private FetchPlan() {}

    /** Mostly from who was asked for that prompt, a while after; now and then in the name of a tenant whose prompt it is not. */
    static List<Request> fetches(Plan plan, Chance chance, int blockTokens) {
        List<Request> fetches = new ArrayList<>();
        int count = (int) chance.between(4, 40);
        for (int i = 0; i < count && !plan.requests.isEmpty(); i++) {
            Request of = plan.requests.get(chance.below(plan.requests.size()));
            int sender = chance.below(4) == 0 ? chance.below(plan.senders) : of.sender();
            int receiver = chance.below(plan.receivers);
            long atNs = chance.between(of.atNs(), plan.chaosNs);
            long deadline = chance.between(300, 6_000);
            long tenant = of.tenant() + (chance.below(8) == 0 ? 1 : 0);
            if (!of.keys().isEmpty()) {
                fetches.add(new Request(FIRST + i, sender, receiver, atNs, false, of.keys().size() * blockTokens, 0, 0, deadline, tenant, of.keys()));
            }
        }
        return fetches;
    }

    /** In every second seed of those with disks: now and then, shortly before the request comes, or as it does. */
    static List<Request> prefetches(Plan plan, Chance chance) {
        List<Request> prefetches = new ArrayList<>();
        boolean isAhead = chance.below(2) == 0;
        for (Request of : plan.requests) {
            long aheadNs = chance.between(0, AHEAD_MAX_NS);
            if (isAhead && chance.below(3) == 0 && !of.keys().isEmpty()) {
                prefetches.add(new Request(of.index(), of.sender(), of.receiver(), Math.max(0, of.atNs() - aheadNs), false, of.tokens(), 0, 0,
                    of.deadlineMs(), of.tenant(), of.keys()));
            }
        }
        return prefetches;
    }
}
