package dev.baton.sim.chaos;

import dev.baton.transport.node.GoingDown;

/**
 * A node on its way down, as SIGTERM sends it: a thread of its own looks from time to time, as the daemon's does, whether what is under way has ended,
 * and closes the node then. Holds it to L11: from when its control agent has carried out the drain nothing is granted or begun, and when it goes, in
 * order, every engine here has heard how all of it ended.
 */
final class Departure {
    private static final long LOOK_NS = 10_000_000;
    /** Cycles in which a control agent has carried out all that it was ordered: more than one where much was. */
    private static final int CYCLES = 4;

    private final Member member;
    private final GoingDown down;
    private final long downNs;
    private int cycles;
    private int cyclesAtShutdown = Integer.MAX_VALUE;
    private boolean isTold;

    /** @param clockNs of the process, now */
    Departure(Member member, DrainPlan plan, long clockNs) {
        this.member = member;
        this.downNs = plan.downNs();
        down = member.runtime.goDown(plan.drainNs(), clockNs);
    }

    /** A cycle of its agents and its engine is over. */
    void onCycle() {
        cycles++;
    }

    /** Its control agent has carried out the drain. */
    boolean isDraining() {
        return cycles > 0;
    }

    void look() {
        if (!member.isLeaving(this)) {
            return;   // it died meanwhile
        }
        if (member.isRunning() && isOver()) {
            member.leave(downNs, isEngineTold());
        } else {
            member.agenda.in(LOOK_NS, this::look);
        }
    }

    private boolean isOver() {
        boolean isOver = down.isOver(member.clockNs());
        if (down.isTelling() && !isTold) {
            isTold = true;
            cyclesAtShutdown = cycles;
            member.onShutdown();
            member.wake();
            member.cluster.oracle().seen(member.node, "drain-time-over", 0);
        }
        return isOver;
    }

    /** Whether whatever was ended here at last had the time to be told: a process that stood still had not. */
    private boolean isEngineTold() {
        return !isTold || (cycles - Math.min(cycles, cyclesAtShutdown) >= CYCLES && member.hasRunFor(LOOK_NS));
    }
}
