package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.DecodePort;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** Memory that an engine asked for goes with it: the next one, which polls the same events, is not told to touch it. */
class EngineChangeTest {
    private static final long TENANT = 9;
    private static final List<BlockKey> KEYS = List.of(new BlockKey(0, 0, 0, 11));

    private final ReceiverRig rig = new ReceiverRig();
    private final DecodePort port = new DecodePort();
    private final Heard next = new Heard();

    @AfterEach
    void close() {
        rig.close();
    }

    /** The control agent answers both. */
    private void answer() {
        rig.core.receiving().writes().ask(new WriteAsk(TENANT, KEYS, 0));
        port.onWritable(rig.engine.writable.getLast());
        rig.core.receiving().writes().drop(rig.engine.writable.getLast().handle());
        rig.core.receiving().writes().passages().find(TENANT, KEYS);
        port.onPassage(rig.engine.passages.getLast());
    }

    private void carryOutOrders() {
        assertEquals(2, port.drain(order -> rig.core.engineAttached(order instanceof EngineOrder.Attach), 16));
    }

    private void assertTold(String... events) {
        next.told.clear();
        assertEquals(2, port.poll(next, 16), "each event is gone from the queue, told or not");
        assertEquals(List.of(events), next.told);
    }

    @Test
    void shouldTellTheEngineThatIsThere() {
        answer();
        assertTold("writable", "passage");
    }

    /** What it says overtakes what it has not polled, before the control agent reads it. */
    @Test
    void shouldTellNobodyWhatWasAnsweredBeforeItLeft() {
        answer();
        port.order(new EngineOrder.Detach());
        port.order(new EngineOrder.Attach());
        assertTold();

        carryOutOrders();
        answer();
        assertTold("writable", "passage");
    }

    @Test
    void shouldTellNobodyWhatWasAnsweredBeforeItsLeavingWasCarriedOut() {
        port.order(new EngineOrder.Detach());
        port.order(new EngineOrder.Attach());
        answer();
        carryOutOrders();
        assertTold();
    }

    @Test
    void shouldTellNobodyWhatWasAnsweredToAProcessThatIsGone() {
        answer();
        port.engineLost();
        assertTold();

        answer();
        assertTold("writable", "passage");
    }

    private static final class Heard implements DecodeListener {
        private final List<String> told = new ArrayList<>();

        @Override
        public void onReady(ReadyHandoff handoff) {
            throw new AssertionError("nothing was handed off");
        }

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {
            throw new AssertionError("nothing was handed off");
        }

        @Override
        public void onNotHere(HandoffId handoff, EndReason reason) {
            throw new AssertionError("nothing was wanted");
        }

        @Override
        public void onWritable(WritableBlocks blocks) {
            told.add("writable");
        }

        @Override
        public void onPassage(PassageBlocks blocks) {
            told.add("passage");
        }
    }
}
