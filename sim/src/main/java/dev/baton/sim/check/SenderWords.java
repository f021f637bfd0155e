package dev.baton.sim.check;

import java.util.EnumSet;
import java.util.List;
import java.util.zip.CRC32C;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.Order;
import dev.baton.transport.wire.ReceiverProxy;
import dev.baton.transport.wire.ReserveEncoder;

/** What a sender says, in the messages of the wire. */
final class SenderWords {
    static final int CELL_BYTES = 4096;
    static final int UNIT_MS = 32;
    static final long RECEIVER = 0x7777;
    private static final int BLOCK_TOKENS = 16;
    static final ShardedLayout LAYOUT = new ShardedLayout(new KvLayout("check", DimensionOrder.NHD,
        KvLayout.ALL_LAYERS, BLOCK_TOKENS, List.of(LayerGroup.attention("all", 2, 2, 16, ElementType.BF16))),
        Sharding.SINGLE);

    private final ReceiverProxy proxy = new ReceiverProxy();

    static int crc(int cell) {
        return 1000 + cell;
    }

    static NodeIdentity identity(String name, long incarnation, Role role) {
        return new NodeIdentity(name, incarnation, 1, EnumSet.of(role), 1, CELL_BYTES, List.of(), List.of(),
            LAYOUT.encode());
    }

    private static ReservationId reservation(HandoffView view) {
        return new ReservationId(RECEIVER, view.reservation);
    }

    void reserve(CheckSession atSender, HandoffId handoff, HandoffView view) {
        ReserveEncoder message = proxy.reserveBegin(atSender, 1, handoff);
        message.order(Order.DESTINATION_FIRST).layoutFingerprint(LAYOUT.layout().fingerprint())
            .planVersion(KvLayout.PLAN_VERSION).tokens((long) view.cellCount * BLOCK_TOKENS).growthTokens(0)
            .haveTokens(0).blockTokens(BLOCK_TOKENS).priority((short) 0).deadlineMs(4 * UNIT_MS)
            .startWithinMs(2 * UNIT_MS).dpRank((short) -1).prefillEstimateMs(0);
        message.partsCount(1).next().part(0).incarnation(atSender.localIncarnation()).sourceShard(0).bytes(0);
        message.blockKeysCount(0);
        message.tenantName("");
        message.putLayout(new byte[0], 0, 0);
        proxy.reserveEnd();
    }

    void renew(CheckSession atSender, HandoffView view) {
        proxy.renew(atSender, 1, reservation(view), 0, 0, 0);
    }

    void lines(CheckSession atSender, HandoffView view) {
        proxy.chunkBegin(atSender, reservation(view), 0, view.round, 0);
        for (int cell = 0; cell < view.cellCount; cell++) {
            if ((view.toSend >> cell & 1) != 0) {
                proxy.chunkLine(cell, CELL_BYTES, crc(cell), 0, 1);
            }
        }
        proxy.chunkEnd();
    }

    void fin(CheckSession atSender, HandoffView view) {
        long digest = ManifestDigest.ofAux(0, (int) new CRC32C().getValue());
        for (int cell = 0; cell < view.cellCount; cell++) {
            digest += ManifestDigest.ofLine(cell, CELL_BYTES, crc(cell));
        }
        proxy.finBegin(atSender, reservation(view), 0, view.round, view.cellCount * BLOCK_TOKENS, view.cellCount,
            (long) view.cellCount * CELL_BYTES, digest);
        proxy.finLane(0, 1);
        proxy.finEnd(null, 0, 0);
    }

    void bind(CheckSession atSender, HandoffView view, String scheme) {
        proxy.bind(atSender, 1, reservation(view), 0, view.tokenHigh, view.tokenLow, scheme);
    }

    void drained(CheckSession atSender, HandoffView view) {
        proxy.drainedBegin(atSender, reservation(view), 0, 0);
        proxy.drainedEnd();
    }

    void abort(CheckSession atSender, HandoffId handoff, HandoffView view) {
        proxy.abort(atSender, 1, handoff, reservation(view), 0, EndReason.PREFILL_FAILED, "");
    }
}
