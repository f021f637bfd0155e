package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * What one receiver fetches from others, and has brought up from below ahead of requests: each has one end, a fetch with a reason where nothing came. Whether
 * the bytes are right, the requests tell that are granted them as held.
 */
final class Fetching {
    private final ReceiverMember member;
    private final Set<HandoffId> underWay = new HashSet<>();
    private final List<PrefetchAsk> ahead = new ArrayList<>();

    Fetching(ReceiverMember member) {
        this.member = member;
    }

    void begin(DecodeReceiver receiver, String nodeId, Attempt attempt) {
        member.cluster.note(member.name(), () -> "fetches " + attempt + " from " + nodeId);
        underWay.add(attempt.id);
        receiver.fetch(new FetchAsk(nodeId, attempt.id, attempt.request.keys(), attempt.request.deadlineMs()));
    }

    void beginAhead(DecodeReceiver receiver, Attempt attempt) {
        PrefetchAsk ask = new PrefetchAsk(attempt.id.tenant(), member.cluster.plan().senderLayout, attempt.request.keys());
        member.cluster.note(member.name(), () -> "prefetches for " + attempt);
        ahead.add(ask);
        receiver.prefetch(ask);
    }

    /** Asked by the engine before this one, it may be told to nobody or to this one. */
    void endedAhead(PrefetchAsk ask, int blocksHere) {
        ahead.remove(ask);
        if (blocksHere < 0 || blocksHere > ask.keys().size()) {
            throw new Violation("S9", "a prefetch ends with what was not asked for: " + blocksHere + " of " + ask.keys().size());
        }
        member.tierEvent(blocksHere == 0 ? "prefetch-none" : "prefetch-here", blocksHere);
    }

    void ended(FetchEnd end) {
        member.cluster.note(member.name(), end::toString);
        if (!underWay.remove(end.handoff())) {
            throw new Violation("S9", "a fetch has two ends: " + end);
        }
        EndReason reason = switch (end) {
            case FetchEnd.Held _, FetchEnd.Landed _ -> EndReason.OTHER;
            case FetchEnd.NotHere notHere -> notHere.reason();
            case FetchEnd.Failed failed -> failed.reason();
        };
        if (reason == EndReason.NONE) {
            throw new Violation("S19", "a fetch ends for no reason: " + end);
        }
        member.tierEvent(switch (end) {
            case FetchEnd.Held _ -> "fetch-held";
            case FetchEnd.Landed _ -> "fetch-landed";
            case FetchEnd.NotHere _ -> "fetch-not-here";
            case FetchEnd.Failed _ -> "fetch-failed";
        }, end.handoff().requestLow());
    }

    int count() {
        return underWay.size() + ahead.size();
    }

    /** Who asked for it is gone. */
    void noneAhead() {
        ahead.clear();
    }

    void clear() {
        underWay.clear();
        ahead.clear();
    }
}
