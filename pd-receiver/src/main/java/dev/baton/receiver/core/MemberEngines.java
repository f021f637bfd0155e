package dev.baton.receiver.core;

import java.util.function.Consumer;

import dev.baton.platform.Canary;
import dev.baton.transport.wire.GangProxy;

/** What members tell their leader of the decode engines beside them: a request that one of them will not read is nobody's to read. Control agent's thread. */
final class MemberEngines {
    private final GangRoster roster;
    private final Consumer<String> log;
    private Gang.Listener listener;

    MemberEngines(GangRoster roster, Consumer<String> log) {
        this.roster = roster;
        this.log = log;
    }

    void listener(Gang.Listener value) {
        listener = value;
    }

    static boolean isOfThem(int kind) {
        return kind == GangProxy.ENGINE_HERE || kind == GangProxy.ENGINE_GONE || kind == GangProxy.ENGINE_LOST;
    }

    void on(GangSeat member, int kind) {
        if (Canary.MEMBER_ENGINE_IGNORED.isActive()) {
            return;
        }
        boolean isHere = kind == GangProxy.ENGINE_HERE;
        if (isHere == member.hasEngine() && kind != GangProxy.ENGINE_LOST) {
            return;   // said before
        }
        boolean wasMissing = !roster.withoutEngine().isEmpty();
        member.hasEngine(isHere);
        roster.seat();
        String detail = "the decode engine of a member " + (isHere ? "is there" : "is gone") + ": member=" + member.session().peer().nodeId()
            + " shards=" + member.shards();
        log.accept(detail);
        if (!isHere) {
            listener.onEngineGone(detail, kind == GangProxy.ENGINE_LOST);
        } else if (wasMissing && roster.withoutEngine().isEmpty()) {
            listener.onEnginesHere();
        }
    }
}
