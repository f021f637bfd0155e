package dev.baton.sim.chaos;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.agrona.DirectBuffer;

import dev.baton.buffer.reserve.AdmissionLimits;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;
import dev.baton.sim.fabric.SimProcess;
import dev.baton.sim.time.Chance;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.RejectDecoder;
import dev.baton.transport.wire.ReserveDecoder;

/**
 * In some seeds: requests that no pool can hold, or of a tenant that may never have so much, and some that fill a pool to its last extent. The first ones are
 * refused in the cycle that hears them, with the reason and for good, and hold and wait for nothing (L5).
 */
final class Impossible {
    /** The only one with a quota. */
    static final long TENANT = 77;
    private static final int FIRST = 1 << 25;
    /** Numbers of those that may be granted are from here. */
    private static final int FITTING = 1 << 26;
    private static final long MS = 1_000_000;
    private static final long BOUND_NS = 10 * MS;
    /** An answer may wait for its way. */
    private static final int CYCLES = 4;

    /** Asked, and not yet answered. */
    private static final class Asked {
        private final ReceiverMember receiver;
        private final int life;
        private final Session session;
        private final long atNs;
        private final int request;
        private int cycles;

        private Asked(ReceiverMember receiver, Session session, int request) {
            this.receiver = receiver;
            this.life = receiver.life;
            this.session = session;
            this.atNs = receiver.agenda.nowNs();
            this.request = request;
        }
    }

    private final Cluster cluster;
    private final List<Request> requests = new ArrayList<>();
    private final ReserveDecoder reserve = new ReserveDecoder();
    private final RejectDecoder reject = new RejectDecoder();
    /** By session and correlation. */
    private final Map<Long, Asked> unanswered = new LinkedHashMap<>();
    private long quotaBytes = Long.MAX_VALUE;

    /** In an eighth of all seeds. */
    Impossible(Cluster cluster) {
        this.cluster = cluster;
        Plan plan = cluster.plan();
        if (plan.scope.has(Focus.IMPOSSIBLE) || (plan.scope.focus().isEmpty() && Chance.of(plan.seed, "impossible-too").below(8) == 0)) {
            draw(plan, Chance.of(plan.seed, "impossible"));
        }
    }

    private void draw(Plan plan, Chance chance) {
        Sizes sizes = new Sizes(plan);
        int most = sizes.tokensWithin(plan.poolExtents);
        int quota = sizes.tokensWithin(plan.poolExtents / 2);
        quotaBytes = quota == 0 ? Long.MAX_VALUE : sizes.bytes(quota);
        int count = (int) chance.between(3, 10);
        for (int i = 0; i < count; i++) {
            int receiver = chance.below(plan.receivers);
            int pool = plan.poolExtents + (plan.forwarders.contains(receiver) ? (int) (Prefill.stagingBytes(plan) / Plan.EXTENT_BYTES) : 0);
            int over = sizes.tokensWithin(pool) + sizes.blockTokens();
            int kind = chance.below(quota == 0 || quota == most ? 3 : 6);
            int tokens = (int) switch (kind) {
                case 0, 1 -> chance.between(over, 3L * over);
                case 2 -> most;
                case 5 -> chance.between(1, quota);
                default -> chance.between(quota + 1, most);
            };
            boolean isOfTenant = kind > 2;
            boolean isNever = isOfTenant ? sizes.bytes(Math.max(1, tokens)) > quotaBytes : kind < 2;
            long atNs = chance.between(0, plan.chaosNs);
            long chunkNs = chance.between(10_000, 2 * MS);
            long deadlineMs = chance.between(500, 10_000);
            int sender = chance.below(plan.senders);
            if (tokens > 0) {
                requests.add(new Request((isNever ? FIRST : FITTING) + i, sender, receiver, atNs, false, tokens, 0, chunkNs, deadlineMs, isOfTenant ? TENANT : 0,
                    List.of()));
            }
        }
    }

    List<Request> requests() {
        return requests;
    }

    /** The longest of those that may be granted; 0 where there are none. */
    long tokensMax() {
        return requests.stream().filter(request -> !isNever(request.index())).mapToLong(Request::tokens).max().orElse(0);
    }

    AdmissionLimits limits(AdmissionLimits of) {
        return requests.isEmpty() || quotaBytes == Long.MAX_VALUE ? of
            : of.tenants(TenantLimits.DEFAULT.with(Map.of(TENANT, new TenantPolicy(1, quotaBytes)), TenantPolicy.EQUAL));
    }

    private static boolean isNever(long request) {
        return request >= FIRST && request < FITTING;
    }

    /** After each cycle, of each reservation there is. */
    void onLive(ReceiverMember receiver, Reservation reservation) {
        if (isNever(reservation.requestLow())) {
            throw new Violation("L5", "what can never be granted waits, or is: " + receiver.name() + " " + reservation);
        }
    }

    /** A message reaches the cores of that node. */
    void onUsed(Member member, Session session, int templateId, DirectBuffer buffer, int bodyOffset, int blockLength, int version) {
        if (requests.isEmpty() || templateId != ReserveDecoder.TEMPLATE_ID || !(member instanceof ReceiverMember receiver)) {
            return;
        }
        reserve.wrap(buffer, bodyOffset, blockLength, version);
        long request = reserve.handoff().requestLow();
        if (isNever(request)) {
            unanswered.put(key(session.id(), reserve.envelope().correlation()), new Asked(receiver, session, (int) request));
        }
    }

    void onSaid(SimProcess from, int templateId, DirectBuffer message, int offset) {
        if (templateId == RejectDecoder.TEMPLATE_ID && !unanswered.isEmpty()) {
            reject.wrap(message, offset + Frames.HEADER_LENGTH, RejectDecoder.BLOCK_LENGTH, RejectDecoder.SCHEMA_VERSION);
            Asked asked = unanswered.remove(key(sessionOf(message, offset), reject.envelope().correlation()));
            if (asked != null) {
                cluster.oracle().seen(from.node(), "impossible-answered", asked.request);
            }
        }
    }

    private static long sessionOf(DirectBuffer message, int offset) {
        return message.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    private static long key(long session, long correlation) {
        return Chance.mix(session) + correlation;
    }

    /** After each cycle of a receiver. */
    void afterStep(ReceiverMember receiver) {
        for (Iterator<Asked> all = unanswered.values().iterator(); all.hasNext();) {
            Asked asked = all.next();
            if (asked.receiver != receiver) {
                continue;
            }
            if (asked.life != receiver.life || !asked.session.isOpen()) {
                all.remove();
            } else if (++asked.cycles > CYCLES && receiver.agenda.nowNs() - asked.atNs > BOUND_NS) {
                throw new Violation("L5", "what can never be granted is not refused: " + receiver.name() + " request=" + asked.request + " cycles=" +
                    asked.cycles);
            }
        }
    }

    /** A sender's engine hears of a refusal. */
    void onRejected(Member sender, Attempt attempt, RejectReason reason, long retryAfterMs) {
        if (!isNever(attempt.request.index())) {
            return;
        }
        boolean isSize = reason == RejectReason.REQUEST_TOO_BIG || reason == RejectReason.TOO_BIG_NOW || reason == RejectReason.QUOTA;
        if (isSize && retryAfterMs > 0) {
            throw new Violation("L5", "what can never be granted is told to come again: " + attempt + " reason=" + reason);
        }
        if (isSize) {
            cluster.oracle().seen(sender.node, reason == RejectReason.QUOTA ? "quota-refused" : "impossible-refused", attempt.request.index());
        }
    }
}
