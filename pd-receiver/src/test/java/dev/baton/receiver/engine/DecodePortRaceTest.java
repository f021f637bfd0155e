package dev.baton.receiver.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** The control agent tells, the engine polls and two threads order: each once, and of each thread in its order. */
class DecodePortRaceTest {
    private static final int ROUNDS = Integer.getInteger("baton.race.rounds", 2) * 100_000;
    /** Fewer than the port drops at, or the engine would rightly miss some. */
    private static final int BEHIND_MAX = 1 << 14;

    private final DecodePort port = new DecodePort();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final long[] nextOrder = new long[2];
    /** By the engine's thread alone. */
    private final AtomicLong heard = new AtomicLong();
    private long carriedOut;

    @Test
    void shouldHandOverEachEventAndOrderOnceAndInOrder() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        Thread engine = new Thread(() -> {
            Heard listener = new Heard();
            while (heard.get() < ROUNDS && wrong.isEmpty()) {
                if (port.poll(listener, 16) == 0) {
                    Thread.onSpinWait();
                }
            }
        }, "engine");
        threads.add(engine);
        for (int of = 0; of < nextOrder.length; of++) {
            long base = (long) of << 32;
            threads.add(new Thread(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    port.order(i % 2 == 0 ? new EngineOrder.Take(base + i) : new EngineOrder.Release(base + i));
                }
            }, "orders-" + of));
        }
        threads.forEach(Thread::start);
        long startNs = System.nanoTime();
        for (long told = 0; told < ROUNDS || carriedOut < 2L * ROUNDS;) {
            if (told < ROUNDS && told - heard.get() < BEHIND_MAX) {
                tell(told++);
            }
            port.drain(this::carryOut, 16);
            if (!wrong.isEmpty() || System.nanoTime() - startNs > 60_000_000_000L) {
                break;
            }
        }
        for (Thread thread : threads) {
            thread.join(60_000);
            assertFalse(thread.isAlive(), () -> thread.getName() + " came to an end");
        }

        assertEquals(List.of(), List.copyOf(wrong));
        assertEquals(ROUNDS, heard.get());
        assertEquals(2L * ROUNDS, carriedOut);
        assertEquals(0, port.endedDropped());
    }

    private void tell(long number) {
        HandoffId id = new HandoffId(1, ~number, number, (int) number);
        if (number % 3 == 0) {
            port.onNotHere(id, EndReason.NOT_KNOWN);
        } else {
            port.onEnded(id, EndReason.DEADLINE, Long.toString(number));
        }
    }

    private void carryOut(EngineOrder order) {
        boolean isTake = order instanceof EngineOrder.Take;
        long handle = switch (order) {
            case EngineOrder.Take take -> take.handle();
            case EngineOrder.Release release -> release.handle();
            default -> -1;
        };
        int of = (int) (handle >>> 32);
        if (of < 0 || of >= nextOrder.length || (int) handle != nextOrder[of] || isTake != (handle % 2 == 0)) {
            wrong.add("order=" + order);
            return;
        }
        nextOrder[of]++;
        carriedOut++;
    }

    private final class Heard implements DecodeListener {
        @Override
        public void onReady(ReadyHandoff handoff) {
            wrong.add("ready");
        }

        @Override
        public void onEnded(HandoffId handoff, EndReason reason, String detail) {
            told(handoff, handoff.requestLow() % 3 != 0 && reason == EndReason.DEADLINE
                && detail.equals(Long.toString(handoff.requestLow())));
        }

        @Override
        public void onNotHere(HandoffId handoff, EndReason reason) {
            told(handoff, handoff.requestLow() % 3 == 0 && reason == EndReason.NOT_KNOWN);
        }

        private void told(HandoffId id, boolean isWhole) {
            long expected = heard.getAndIncrement();
            if (!isWhole || id.requestLow() != expected || id.requestHigh() != ~expected) {
                wrong.add("event=" + id + " expected=" + expected);
            }
        }
    }
}
