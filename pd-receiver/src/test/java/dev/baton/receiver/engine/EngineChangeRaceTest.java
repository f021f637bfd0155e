package dev.baton.receiver.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.platform.WatchedProcess;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** While one engine's thread says that another is there, the control agent answers the one before: the next one is told of none of its memory. */
class EngineChangeRaceTest {
    /** Each takes two threads to and fro: a million at most, which take a minute where another test runs beside them on two cores. */
    private static final int ROUNDS = Math.min(Integer.getInteger("baton.race.rounds", 2) * 50_000, 1_000_000);
    /** Of a round: what is heard first hides the others. */
    private static final int ANSWERS = 4;
    private static final int SPINS_MAX = 1 << 10;

    private final DecodePort port = new DecodePort();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    /** The round in which another engine came, as its thread said it, and as the control agent has carried it out. */
    private final AtomicInteger said = new AtomicInteger();
    private final AtomicInteger carriedOut = new AtomicInteger();

    @Test
    @Timeout(240)
    void shouldTellTheNextEngineOfNoMemoryOfTheOneBefore() throws InterruptedException {
        watch();
        port.drain(_ -> { }, 16);
        Thread engine = new Thread(this::engines, "engine");
        engine.start();
        for (int round = 1; round <= ROUNDS; round++) {
            for (int spins = 0; said.get() != round; spins++) {
                if (spins < SPINS_MAX) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(1);
                }
            }
            for (int answers = 0; answers < ANSWERS; answers++) {
                for (int i = 0; i < (round & 7); i++) {
                    Thread.onSpinWait();
                }
                port.onPassage(PassageBlocks.none(round, List.of()));
            }
            port.engineLost();
            port.drain(_ -> { }, 16);
            carriedOut.set(round);
        }
        engine.join(10_000);
        assertFalse(engine.isAlive(), "the engine's thread came to an end");
        assertEquals(0, wrong.size(), () -> wrong.size() + " of " + ROUNDS + ": " + wrong.peek());
    }

    private void watch() {
        port.order(new EngineOrder.Watch(WatchedProcess.by(() -> true)));
    }

    /** In each round another process comes, and polls at once and until it is there. */
    private void engines() {
        Heard listener = new Heard();
        for (int round = 1; round <= ROUNDS; round++) {
            watch();
            said.set(round);
            for (int polls = 0; carriedOut.get() != round; polls++) {
                port.poll(listener, 16);   // without rest: it is to meet the answer half-way
                if (polls > SPINS_MAX) {
                    LockSupport.parkNanos(1);
                }
            }
            port.poll(listener, 16);
        }
    }

    private final class Heard implements DecodeListener {
        @Override
        public void onReady(ReadyHandoff handoff) {
            wrong.add("ready");
        }

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {
            wrong.add("ended");
        }

        @Override
        public void onNotHere(HandoffId handoff, EndReason reason) {
            wrong.add("not here");
        }

        @Override
        public void onPassage(PassageBlocks blocks) {
            wrong.add("told of what the one before had asked for");
        }
    }
}
