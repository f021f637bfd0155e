package dev.baton.receiver.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** What the control agent tells waits until the engine polls, in its order. */
class DecodePortTest {
    private static final HandoffId ID = new HandoffId(1, 2, 3, 0);

    @Test
    void shouldTellWhatTheEngineMayStopOrGiveBackWhenItPolls() {
        DecodePort port = new DecodePort();
        Heard engine = new Heard();
        port.onCancelled(ID);
        port.onNotHere(ID, EndReason.PEER_LOST);
        port.onReleaseLate(ID);
        assertEquals(List.of(), engine.told);
        assertEquals(3, port.poll(engine, 16));
        assertEquals(List.of("cancelled", "not here PEER_LOST", "late"), engine.told);
    }

    private static final class Heard implements DecodeListener {
        final List<String> told = new ArrayList<>();

        @Override
        public void onReady(ReadyHandoff handoff) {}

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {}

        @Override
        public void onNotHere(HandoffId handoff, EndReason reason) {
            told.add("not here " + reason);
        }

        @Override
        public void onCancelled(HandoffId handoff) {
            assertEquals(ID, handoff);
            told.add("cancelled");
        }

        @Override
        public void onReleaseLate(HandoffId handoff) {
            told.add("late");
        }
    }
}
