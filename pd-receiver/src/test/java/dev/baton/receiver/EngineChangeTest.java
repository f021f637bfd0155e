package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.platform.WatchedProcess;
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
        assertEquals(2, port.drain(order -> rig.core.engineAttached(order instanceof EngineOrder.Attach), 2));
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

    private void readyOne() {
        rig.ready(1, 2);
        port.onReady(rig.engine.ready.getLast());
    }

    private void next() {
        port.order(new EngineOrder.Detach());
        port.order(new EngineOrder.Attach());
    }

    /** What it takes would go back with the engine before it, while it reads. */
    @Test
    void shouldNotShowTheNextEngineWhatIsReadyBeforeTheOneBeforeHasLeft() {
        readyOne();
        next();
        port.onEnded(ReceiverRig.id(7), EndReason.CANCELLED, "");
        assertEquals(0, port.poll(next, 16));
        carryOutOrders();
        rig.step(2);
        assertEquals(List.of("OUTCOME 1 ABORTED ENGINE_LOST"), rig.sender.take());
        assertEquals(2, port.poll(next, 16));
        assertEquals(List.of("ready 1", "ended 7"), next.told);
        assertFalse(port.take(rig.engine.ready.getLast()), "it has ended");
        assertEquals(2, rig.totals().evictable());
    }

    @Test
    void shouldLetNobodyTakeWhatAnEngineHadHeardOfBeforeItLeft() {
        readyOne();
        port.poll(next, 16);
        assertEquals(List.of("ready 1"), next.told);
        next();
        assertFalse(port.take(rig.engine.ready.getLast()));
        carryOutOrders();
        rig.step(2);
        assertFalse(port.take(rig.engine.ready.getLast()));
        assertEquals(List.of("OUTCOME 1 ABORTED ENGINE_LOST"), rig.sender.take());
    }

    @Test
    void shouldLetNobodyTakeWhatAProcessHadHeardOfThatAnotherIsWatchedInPlaceOf() {
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
        port.drain(_ -> { }, 16);
        readyOne();
        port.poll(next, 16);
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
        assertFalse(port.take(rig.engine.ready.getLast()));
        carryOutDecline();
        assertEquals(List.of("OUTCOME 1 ABORTED ENGINE_LOST"), rig.sender.take(), "it ends, whoever was there before");
    }

    private void carryOutDecline() {
        List<EngineOrder> orders = new ArrayList<>();
        port.drain(orders::add, 16);
        assertEquals(new EngineOrder.Decline(rig.engine.ready.getLast().handle()), orders.getLast());
        rig.core.receiving().decline(rig.engine.ready.getLast().handle());
        rig.step(2);
    }

    @Test
    void shouldCountAChangeThatCouldNotBeCarriedOut() {
        port.order(new EngineOrder.Detach());
        assertThrows(IllegalStateException.class, () -> port.drain(_ -> {
            throw new IllegalStateException("a defect");
        }, 16));
        readyOne();
        takeIt();
    }

    @Test
    void shouldTellWhatEndedAndOfNoMemoryOnceTheNodeIsClosed() {
        readyOne();
        port.onEnded(ReceiverRig.id(7), EndReason.CANCELLED, "");
        port.order(new EngineOrder.Detach());
        assertEquals(0, port.poll(next, 16));
        port.close();
        assertEquals(2, port.poll(next, 16));
        assertEquals(List.of("ended 7"), next.told);
        assertFalse(port.take(rig.engine.ready.getLast()));
    }

    @Test
    void shouldTellNobodyWhatWasAnsweredToAProcessThatAnotherIsWatchedInPlaceOf() {
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
        port.drain(_ -> { }, 16);
        answer();
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
        assertEquals(0, port.poll(next, 16));
        port.engineLost();   // as the receiver does for the one before
        port.drain(_ -> { }, 16);
        assertTold();
    }

    @Test
    void shouldShowWhatBecameReadyWhileNoEngineWasThere() {
        port.order(new EngineOrder.Detach());
        port.drain(_ -> { }, 16);
        readyOne();
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
        port.drain(_ -> { }, 16);
        takeIt();
    }

    @Test
    void shouldNotMindAnEngineThatSaysTwiceThatItIsThere() {
        port.order(new EngineOrder.Attach());
        port.drain(_ -> { }, 16);
        readyOne();
        port.order(new EngineOrder.Attach());
        takeIt();
    }

    private void takeIt() {
        port.poll(next, 16);
        assertEquals(List.of("ready 1"), next.told);
        assertTrue(port.take(rig.engine.ready.getLast()));
        List<EngineOrder> orders = new ArrayList<>();
        port.drain(orders::add, 16);
        assertEquals(new EngineOrder.Take(rig.engine.ready.getLast().handle()), orders.getLast());
    }

    private static final class Heard implements DecodeListener {
        private final List<String> told = new ArrayList<>();

        @Override
        public void onReady(ReadyHandoff handoff) {
            told.add("ready " + handoff.handoffId().requestLow());
        }

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {
            told.add("ended " + handoff.requestLow());
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
