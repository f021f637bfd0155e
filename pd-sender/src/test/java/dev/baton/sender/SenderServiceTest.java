package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.transport.TransportContext;
import dev.baton.transport.loopback.LoopbackNetwork;
import dev.baton.transport.loopback.LoopbackTransport;
import dev.baton.transport.node.ControlContext;
import dev.baton.transport.node.LoopbackControl;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;

class SenderServiceTest {
    private static final long STEP_NS = 100_000;

    /** What the engine begins just before the process is told to end was told to nobody: the process went at once. */
    @Test
    void shouldNotBeDrainedBeforeItHasSeenWhatTheEngineHadBegun() {
        MemoryLedger ledger = new MemoryLedger();
        ShardedLayout layout = new ShardedLayout(new KvLayout("toy", DimensionOrder.NHD, 1, 16, List.of(
            LayerGroup.attention("full", 3, 4, 32, ElementType.BF16))), Sharding.SINGLE);
        NodeIdentity identity = new NodeIdentity("sender", 0x5555, 1, EnumSet.of(Role.PREFILL), 0, SenderRig.EXTENT_BYTES, List.of(), List.of(),
            layout.encode());
        try (SenderService service = new SenderService(new SenderContext().layout(layout).dataAgents(1).windowBytes(1 << 20).wholeBytes(1 << 20)
            .ledger(ledger).clock(() -> 0).addTransport(new LoopbackTransport(new LoopbackNetwork(1 << 20),
                new TransportContext(0x5555, null, null, Copier.java(), ledger))))) {
            service.start(new LoopbackControl().open(new ControlContext().identity(identity).host("s").port(1).random(() -> 5)));
            PrefillEngine engine = service.sender().engine();
            service.doControlWork(STEP_NS);
            assertTrue(engine.begin(HandoffSpec.sourceFirst(new HandoffId(0, 0, 1, 0), 16)) > 0);
            service.drain();
            assertEquals(PrefillEngine.FULL, engine.begin(HandoffSpec.sourceFirst(new HandoffId(0, 0, 2, 0), 16)));
            assertFalse(service.isDrained(), "nobody has looked");
            service.doControlWork(2 * STEP_NS);
            assertFalse(service.isDrained(), "it is under way");
            service.shutdown();
            service.doControlWork(3 * STEP_NS);
            assertTrue(service.isDrained());
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
    }
}
