package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;

import dev.baton.receiver.core.LandingEvents;

/** A data agent tells, the control agent hears, both at full speed: each event once, in order and whole. */
class LandingOutboxRaceTest {
    private static final int EVENTS = Integer.getInteger("baton.race.rounds", 2) * 400_000;

    private final List<String> wrong = new ArrayList<>();
    private final LandingOutbox outbox = new LandingOutbox(1 << 14);
    private long next;

    @Test
    void shouldHandEachEventOverOnceWholeAndInOrder() throws InterruptedException {
        Expected expected = new Expected();
        Thread control = new Thread(() -> {
            while (next < EVENTS && wrong.isEmpty()) {
                if (outbox.drain(expected, 64) == 0) {
                    LockSupport.parkNanos(1000);
                }
            }
        }, "control");
        control.start();
        for (long i = 0; i < EVENTS && control.isAlive(); i++) {
            while (!outbox.hasRoom() && control.isAlive()) {
                LockSupport.parkNanos(1000);
            }
            tell(i);
        }
        control.join(60_000);

        assertFalse(control.isAlive(), "the reader came to an end");
        assertEquals(List.of(), wrong);
        assertEquals(EVENTS, next);
    }

    private void tell(long i) {
        int low = (int) i;
        switch (low % 7) {
            case 0 -> outbox.verified(i, low + 1, low + 2);
            case 1 -> outbox.corrupt(i, low + 1, low + 2, low + 3);
            case 2 -> outbox.missing(i, low + 1, low + 2);
            case 3 -> outbox.mark(i, low + 1, low + 2, low + 3, low + 4, low % 2 == 0);
            case 4 -> outbox.revoked(i, low + 1);
            case 5 -> outbox.laneClosed(i, low + 1);
            default -> outbox.rechecked(i, low + 1, low + 2);
        }
    }

    /** Each event says its own number in every field. */
    private final class Expected implements LandingEvents {
        @Override
        public void onCellVerified(long reservation, int cell, int lengthBytes) {
            told(0, reservation, cell == next + 1 && lengthBytes == next + 2);
        }

        @Override
        public void onCellCorrupt(long reservation, int cell, int crcSent, int crcLanded) {
            told(1, reservation, cell == next + 1 && crcSent == next + 2 && crcLanded == next + 3);
        }

        @Override
        public void onCellMissing(long reservation, int cell, int missingCount) {
            told(2, reservation, cell == next + 1 && missingCount == next + 2);
        }

        @Override
        public void onMark(long reservation, int part, int round, int lane, int seq, boolean isLast) {
            told(3, reservation, part == next + 1 && round == next + 2 && lane == next + 3 && seq == next + 4 &&
                isLast == (next % 2 == 0));
        }

        @Override
        public void onRevoked(long reservation, int lane) {
            told(4, reservation, lane == next + 1);
        }

        @Override
        public void onLaneClosed(long sessionId, int lane) {
            told(5, sessionId, lane == next + 1);
        }

        @Override
        public void onRechecked(long reservation, int lane, int endBlock) {
            told(6, reservation, lane == next + 1 && endBlock == next + 2);
        }

        private void told(int kind, long number, boolean isWhole) {
            if (number != next || kind != next % 7 || !isWhole) {
                wrong.add("number=" + number + " kind=" + kind + " isWhole=" + isWhole + " expected=" + next);
            }
            next++;
        }
    }
}
