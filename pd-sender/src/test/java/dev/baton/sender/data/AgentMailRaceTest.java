package dev.baton.sender.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.baton.sender.core.DataListener;
import dev.baton.transport.session.EndReason;

/** The control agent notes, a data agent tells, both at full speed and both ways: each once, in order and whole. */
@Timeout(240)
class AgentMailRaceTest {
    private static final int ROUNDS = Integer.getInteger("baton.race.rounds", 2) * 20_000;

    private final AgentMail mail = new AgentMail(0, 16, new SessionDrains(1, Map.of()));
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private long heard;
    /** By the agent's thread alone. */
    private final AtomicLong taken = new AtomicLong();

    @Test
    void shouldHandNotesAndEventsOverOnceWholeAndInOrder() throws InterruptedException {
        Thread agent = new Thread(this::beAgent, "agent");
        agent.start();
        Expected expected = new Expected();
        // To the last that is taken: what waits beside the queue goes in only while this end drains.
        for (long noted = 0; (noted < ROUNDS || heard < ROUNDS || taken.get() < ROUNDS) && wrong.isEmpty();) {
            if (noted < ROUNDS && noted - taken.get() < 1_000) {
                mail.put(new AgentMail.CloseLanes(noted++));   // more than the queue holds: some wait beside it
            }
            if (mail.drain(expected) == 0) {
                LockSupport.parkNanos(1000);
            }
        }
        agent.join(60_000);

        assertFalse(agent.isAlive(), "the agent came to an end");
        assertEquals(List.of(), List.copyOf(wrong));
        assertEquals(ROUNDS, heard);
        assertEquals(ROUNDS, taken.get());
    }

    private void beAgent() {
        long told = 0;
        while ((told < ROUNDS || taken.get() < ROUNDS) && wrong.isEmpty()) {
            if (told < ROUNDS && tell(told)) {
                told++;
            }
            Object note = mail.take();
            if (note != null) {
                long expected = taken.getAndIncrement();
                if (!note.equals(new AgentMail.CloseLanes(expected))) {
                    wrong.add("note=" + note + " expected=" + expected);
                }
            }
        }
    }

    private boolean tell(long i) {
        int low = (int) i;
        return switch (low % 4) {
            case 0 -> mail.cellDone(i, low + 1, low + 2, low + 3, low + 4, low + 5);
            case 1 -> mail.laneDone(i, low + 1, low + 2, low + 3);
            case 2 -> mail.stopped(i, low + 1, ~i);
            default -> mail.laneLost(i, low + 1, EndReason.STALLED);
        };
    }

    /** Each event says its own number in every field. */
    private final class Expected implements DataListener {
        @Override
        public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
            told(0, handle, cell == heard + 1 && lengthBytes == heard + 2 && crc == heard + 3 && lane == heard + 4 &&
                seq == heard + 5);
        }

        @Override
        public void onLaneDone(long handle, int lane, int round, int lastSeq) {
            told(1, handle, lane == heard + 1 && round == heard + 2 && lastSeq == heard + 3);
        }

        @Override
        public void onStopped(long handle, int failedCompletions, long failedProcesses) {
            told(2, handle, failedCompletions == heard + 1 && failedProcesses == ~heard);
        }

        @Override
        public void onLaneLost(long sessionId, int lane, EndReason reason) {
            told(3, sessionId, lane == heard + 1 && reason == EndReason.STALLED);
        }

        @Override
        public void onPeerGone(long sessionId) {
            told(-1, sessionId, false);
        }

        private void told(int kind, long number, boolean isWhole) {
            if (number != heard || kind != heard % 4 || !isWhole) {
                wrong.add("number=" + number + " kind=" + kind + " isWhole=" + isWhole + " expected=" + heard);
            }
            heard++;
        }
    }
}
