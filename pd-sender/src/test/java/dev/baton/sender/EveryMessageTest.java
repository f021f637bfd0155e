package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.session.StaleWhat;
import dev.baton.transport.wire.HandoffState;
import dev.baton.transport.wire.OutcomeKind;
import dev.baton.transport.wire.SenderProxy;

/** Whatever a receiver says, whenever, and twice: no step that the table does not have, one end, and all memory back. */
class EveryMessageTest {
    private static final long STAGING_BYTES = 4L << 20;

    private interface Message {
        void say(SenderProxy proxy, Session session, HandoffId id, ReservationId reservation, long handle);
    }

    private static Map<String, Message> messages() {
        Map<String, Message> messages = new LinkedHashMap<>();
        messages.put("GRANT", (proxy, session, id, reservation, handle) -> {
            proxy.grantBegin(session, handle, id, reservation).generation(1).heldTokens(0).leaseMs(10_000).startWithinMs(1000)
                .dpRank((short) 0).integrity((short) 1).tier(dev.baton.transport.wire.Tier.DRAM).token().high(1).low(2);
            proxy.grantEnd();
        });
        messages.put("QUEUED", (proxy, session, id, reservation, handle) -> proxy.queued(session, handle, id, 1, 5));
        messages.put("REJECT later", (proxy, session, id, reservation, handle) ->
            proxy.reject(session, handle, id, 2, 50, 0, 0, "later"));
        messages.put("REJECT never", (proxy, session, id, reservation, handle) ->
            proxy.reject(session, handle, id, 1, 0, 0, 0, "never"));
        messages.put("ADDRESSES of nothing", (proxy, session, id, reservation, handle) -> {
            proxy.addressesBegin(session, handle, reservation, 0, 3, 4, 1);
            proxy.addressesEnd();
        });
        messages.put("ADDRESSES", (proxy, session, id, reservation, handle) -> {
            proxy.addressesBegin(session, handle, reservation, 0, 3, 4, 1);
            proxy.addressesRun(0, 0, 0, 8);
            proxy.addressesEnd();
        });
        for (int round = 0; round < 3; round++) {
            int named = round;
            messages.put("NACK " + round, (proxy, session, id, reservation, handle) -> {
                proxy.nackBegin(session, reservation, 0, named);
                proxy.nackCell(0, EndReason.CORRUPT);
                proxy.nackEnd();
            });
        }
        messages.put("NACK of no such cell", (proxy, session, id, reservation, handle) -> {
            proxy.nackBegin(session, reservation, 0, 1);
            proxy.nackCell(1_000_000, EndReason.CORRUPT);
            proxy.nackEnd();
        });
        messages.put("READY", (proxy, session, id, reservation, handle) -> proxy.ready(session, id, reservation, 1000));
        for (OutcomeKind kind : List.of(OutcomeKind.DELIVERED, OutcomeKind.ABORTED, OutcomeKind.REJECTED)) {
            messages.put("OUTCOME " + kind, (proxy, session, id, reservation, handle) ->
                proxy.outcome(session, id, reservation, kind,
                    kind == OutcomeKind.DELIVERED ? EndReason.NONE : EndReason.DEADLINE, ""));
        }
        messages.put("ABORT", (proxy, session, id, reservation, handle) ->
            proxy.abort(session, 0, id, reservation, 0, EndReason.ENGINE_LOST, "as the test says"));
        messages.put("ABORT_ACK", (proxy, session, id, reservation, handle) -> proxy.abortAck(session, 0, id, reservation, 0));
        messages.put("CANCEL", (proxy, session, id, reservation, handle) ->
            proxy.cancel(session, 0, id, EndReason.CANCELLED));
        messages.put("RENEW_ACK", (proxy, session, id, reservation, handle) ->
            proxy.renewAck(session, handle, reservation, 10_000));
        for (HandoffState state : HandoffState.values()) {
            if (state != HandoffState.NULL_VAL) {
                messages.put("STATUS " + state, (proxy, session, id, reservation, handle) ->
                    proxy.status(session, handle, id, reservation, state, EndReason.NONE));
            }
        }
        for (StaleWhat what : StaleWhat.values()) {
            messages.put("STALE " + what, (proxy, session, id, reservation, handle) ->
                proxy.stale(session, handle, what, 17));
        }
        messages.put("DRAINING", (proxy, session, id, reservation, handle) -> proxy.draining(session, 1000));
        messages.put("WANT", (proxy, session, id, reservation, handle) -> {
            proxy.wantBegin(session, 77, id, 0, 10_000, -1);
            proxy.wantEnd();
        });
        return messages;
    }

    private static SenderRig rig() {
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 1, 2, 32, ElementType.BF16))), Sharding.SINGLE);
        return new SenderRig(layout, layout, 2, 2, STAGING_BYTES, 1 << 20);
    }

    /** Brings one handoff to that state, and keeps it there. */
    private static long bring(SenderRig rig, OutboundState to, HandoffSpec spec) {
        rig.receiver.isSilent = to == OutboundState.RESERVING;
        rig.receiver.isBindSilent = to == OutboundState.GRANTED;
        rig.receiver.isReadyHeld = to == OutboundState.FIN_SENT || to == OutboundState.UNKNOWN;
        rig.receiver.isOutcomeHeld = to == OutboundState.LANDED;
        rig.awaitSession();
        long handoff = rig.begin(spec);
        if (to == OutboundState.STREAMING || to == OutboundState.CANCELLING) {
            rig.awaitGrant(handoff);
            assertTrue(rig.fill(handoff, spec, 0));
            rig.engine.chunkReady(handoff, 16);
            rig.steps(5);
        } else if (to != OutboundState.NEW && to != OutboundState.RESERVING && to != OutboundState.GRANTED) {
            if (!spec.isSourceFirst()) {
                rig.awaitGrant(handoff);
            }
            rig.prefill(handoff, spec, null);
        }
        if (to == OutboundState.UNKNOWN) {
            rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
            rig.receiver.loseSessions();
            rig.until("QUERY", () -> rig.receiver.said.contains("QUERY"));
        } else if (to == OutboundState.CANCELLING) {
            rig.areDataAgentsStopped = true;
            rig.engine.cancel(handoff);
        }
        rig.until("state " + to, () -> rig.sender.state(handoff) == to);
        return handoff;
    }

    @ParameterizedTest
    @EnumSource(value = OutboundState.class, names = {"DONE", "FAILED"}, mode = EnumSource.Mode.EXCLUDE)
    void shouldComeToOneEndWhateverIsSaidTwice(OutboundState state) {
        boolean isSourceFirst = state == OutboundState.NEW || state == OutboundState.PARKED;
        for (Map.Entry<String, Message> message : messages().entrySet()) {
            try (SenderRig rig = rig()) {
                HandoffSpec spec = isSourceFirst ? HandoffSpec.sourceFirst(SenderRig.id(1), 32)
                    : rig.spec(1, 32).withDeadlineMs(1_000);
                long handoff = bring(rig, state, spec);
                ReservationId reservation = rig.receiver.landings.isEmpty() ? new ReservationId(FakeReceiver.INCARNATION, 1)
                    : rig.receiver.only().reservation;
                for (int i = 0; i < 2; i++) {
                    rig.receiver.plane.forEachSession(session ->
                        message.getValue().say(rig.receiver.proxy, session, spec.id(), reservation, handoff));
                    rig.steps(3);
                }
                rig.areDataAgentsStopped = false;
                rig.steps(5);
                if (isSourceFirst) {
                    rig.engine.cancel(handoff);
                }
                for (int i = 0; i < 8_000 && !rig.ends.containsKey(handoff); i++) {
                    rig.step(10_000_000);
                }
                String what = message.getKey() + " in " + state;
                assertTrue(rig.ends.containsKey(handoff), () -> "never ended: " + what + " state=" + rig.sender.state(handoff));
                assertEquals(List.of(), rig.thrown, what);
                rig.steps(5);
                assertEquals(0, rig.engine.handoffCount(), what);
                assertEquals(STAGING_BYTES, rig.sender.staging().windowFreeBytes(), what);
                assertEquals(STAGING_BYTES, rig.sender.staging().wholeFreeBytes(), what);
            }
        }
    }
}
