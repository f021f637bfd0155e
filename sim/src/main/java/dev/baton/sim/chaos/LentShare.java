package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.WireIds;

/** One grant, as far as it lies at a member of a gang: from the leader's word of it until nobody may write or read there. */
final class LentShare {
    private record Run(int slab, long firstExtent, long extentCount) {}

    final LenderMember member;
    final int life;
    final long leaderIncarnation;
    final long reservation;
    final int generation;
    final HandoffId handoff;
    private final List<Run> runs = new ArrayList<>();
    /** Leader and member have lost each other since: the leader's ledger says nothing of what lies there any more. */
    boolean isCut;
    /** The leader's engine has taken it. */
    boolean isTaken;
    /** The member heard so. */
    boolean isTakenHeard;
    /** No engine was there when the member heard so, or it went before it took it. */
    boolean isForNobody;
    boolean isReading;
    boolean wasRead;
    boolean wasEnded;
    /** Why nothing may land there any more; null while it may. */
    String over;

    /** Reads the message to its runs' end. */
    LentShare(LenderMember member, GangOpenDecoder message) {
        this.member = member;
        life = member.life;
        handoff = WireIds.handoff(message.handoff());
        leaderIncarnation = message.reservation().incarnation();
        reservation = message.reservation().counter();
        generation = (int) message.generation();
        message.parts().forEach(_ -> { });   // the runs lie behind them
        message.runs().forEach(run -> runs.add(new Run(run.slab(), run.firstExtent(), run.extentCount())));
    }

    /** Whether all these bytes lie in its runs. */
    boolean hasPlace(int slab, long offset, int lengthBytes) {
        long last = (offset + lengthBytes - 1) / Plan.EXTENT_BYTES;
        for (long extent = offset / Plan.EXTENT_BYTES; extent <= last; extent++) {
            long at = extent;
            if (runs.stream().noneMatch(run -> run.slab == slab && at >= run.firstExtent && at - run.firstExtent < run.extentCount)) {
                return false;
            }
        }
        return true;
    }

    boolean isOf(Reservation live) {
        return live != null && live.generation() == generation && live.incarnation() == leaderIncarnation;
    }

    void over(String why) {
        over = over == null ? why : over;
    }

    @Override
    public String toString() {
        return "reservation=" + reservation + " generation=" + generation + " handoff=" + handoff + " at " + member.name() +
            " isCut=" + isCut + " isTaken=" + isTaken + " over=" + over;
    }
}
