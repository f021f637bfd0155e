package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.ReservationState;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.HandoffId;

/** What a decode engine has heard of, takes after a while, reads and releases: every byte of it compared as it is shown, and again when it is released. */
final class Reading {
    private static final long TAKE_MAX_NS = 5_000_000;

    private final ReceiverMember member;
    private final Cluster cluster;
    private final EngineSlots slots;
    private final List<Held> held = new ArrayList<>();

    Reading(ReceiverMember member, EngineSlots slots) {
        this.member = member;
        cluster = member.cluster;
        this.slots = slots;
    }

    int count() {
        return held.size();
    }

    boolean has(HandoffId handoff) {
        return held.stream().anyMatch(one -> one.attempt.id.equals(handoff));
    }

    void clear() {
        held.clear();
    }

    /** Who would read it, or release it, is gone. */
    void readerGone() {
        held.removeIf(one -> one.isTaken);
    }

    void onReady(ReadyHandoff handoff, Attempt attempt) {
        Held one = new Held(handoff, attempt);
        if (stateOrNull(one) == ReservationState.READY) {
            compare(one, "ready");
        }
        one.takeNs = member.agenda.nowNs() + member.engineTimeNs(member.chance, 0, TAKE_MAX_NS, cluster.plan().consumeWithinNs * 3 / 2);
        held.add(one);
    }

    /** Whatever was heard of, at once. */
    void takeAll(DecodeReceiver receiver, long nowNs) {
        held.forEach(one -> one.takeNs = nowNs);
        cycle(receiver, nowNs);
    }

    /** Returns when it takes or releases next. */
    long cycle(DecodeReceiver receiver, long nowNs) {
        long nextNs = Long.MAX_VALUE;
        for (int i = 0; i < held.size(); i++) {
            Held one = held.get(i);
            if (!one.isTaken && one.takeNs <= nowNs) {
                member.worked = true;
                if (!take(receiver, one, nowNs)) {
                    held.remove(i--);   // it has ended, and nothing of it may be read
                    continue;
                }
            } else if (one.isTaken && one.releaseNs <= nowNs) {
                member.worked = true;
                held.remove(i--);
                release(receiver, one);
                continue;
            }
            nextNs = Math.min(nextNs, one.isTaken ? one.releaseNs : one.takeNs);
        }
        return nextNs;
    }

    private boolean take(DecodeReceiver receiver, Held one, long nowNs) {
        one.isTaken = receiver.take(one.ready);
        one.attempt.isDelivered |= one.isTaken;
        cluster.gangs().onTaken(member, one.ready.handle(), one.isTaken);
        if (one.isTaken) {
            slots.took(one.ready.map(), nowNs);
            cluster.oracle().event(10, member.node, one.attempt.request.index());
            one.releaseNs = nowNs + member.readTimeNs(member.chance);
        }
        return one.isTaken;
    }

    /** What was taken is read until now, whatever has ended meanwhile. */
    private void release(DecodeReceiver receiver, Held one) {
        if (stateOrNull(one) == null) {
            throw new Violation("S3", "memory went back while an engine read it: " + one.attempt);
        }
        compare(one, "release");
        receiver.release(one.ready.handle());
        cluster.oracle().event(11, member.node, one.attempt.request.index());
    }

    private ReservationState stateOrNull(Held one) {
        Reservation reservation = member.ledger().findOrNull(one.ready.handle());
        return reservation == null ? null : reservation.state();
    }

    /** Every byte of every cell, where it lies. */
    private void compare(Held one, String when) {
        Attempt attempt = one.attempt;
        Comparison.requireRight(cluster.plan(), one.ready, attempt, when);
        byte[] aux = Prefill.aux(attempt);
        if (!Arrays.equals(one.ready.aux(), aux == null ? new byte[0] : aux)) {
            throw new Violation("S4", "aux data differs: " + attempt);
        }
    }
}
