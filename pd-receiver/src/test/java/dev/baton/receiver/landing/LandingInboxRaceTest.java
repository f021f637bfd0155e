package dev.baton.receiver.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The control agent orders, a data agent reads, both at full speed: each order once, in order and whole. */
class LandingInboxRaceTest {
    private static final int ORDERS = Integer.getInteger("baton.race.rounds", 2) * 400_000;

    private final List<String> wrong = new ArrayList<>();
    private final LandingInbox inbox = new LandingInbox(new Expected(), 1 << 14);
    private long next;

    @Test
    void shouldHandEachOrderOverOnceWholeAndInOrder() throws InterruptedException {
        Thread data = new Thread(() -> {
            while (next < ORDERS && wrong.isEmpty()) {
                if (inbox.drain(64) == 0) {
                    LockSupport.parkNanos(1000);
                }
            }
        }, "data");
        data.start();
        for (long i = 0; i < ORDERS && data.isAlive(); i++) {
            while (!inbox.hasRoom() && data.isAlive()) {
                LockSupport.parkNanos(1000);
            }
            order(i);
        }
        data.join(60_000);

        assertFalse(data.isAlive(), "the reader came to an end");
        assertEquals(List.of(), wrong);
        assertEquals(ORDERS, next);
    }

    private void order(long i) {
        int low = (int) i;
        switch (low % 6) {
            case 0 -> inbox.line(i, low + 1, low + 2, low + 3, low + 4, low % 2 == 0);
            case 1 -> inbox.bind(i, low + 1, i + 2, ~i);
            case 2 -> inbox.openSession(i, i + 1, -i);
            case 3 -> inbox.reopen(i, low + 1);
            case 4 -> inbox.seal(i);
            default -> inbox.recheck(i, low + 1, low + 2);
        }
    }

    /** Each order says its own number in every field. */
    private final class Expected implements LandingInbox.Orders {
        @Override
        public boolean mayTake(long reservation, boolean isSeal) {
            return true;
        }

        @Override
        public void openSession(long sessionId, long tokenHigh, long tokenLow) {
            told(2, sessionId, tokenHigh == next + 1 && tokenLow == -next);
        }

        @Override
        public void closeSession(long sessionId) {
            told(-1, sessionId, false);
        }

        @Override
        public void open(long reservation, int slot) {
            told(-1, reservation, false);
        }

        @Override
        public void bind(long reservation, int part, long sessionId, long token) {
            told(1, reservation, part == next + 1 && sessionId == next + 2 && token == ~next);
        }

        @Override
        public void line(long reservation, int part, int cell, int crc, int seq, boolean isOneSided) {
            told(0, reservation, part == next + 1 && cell == next + 2 && crc == next + 3 && seq == next + 4 &&
                isOneSided == (next % 2 == 0));
        }

        @Override
        public void seal(long reservation) {
            told(4, reservation, true);
        }

        @Override
        public void reopen(long reservation, int cell) {
            told(3, reservation, cell == next + 1);
        }

        @Override
        public void revoke(long reservation) {
            told(-1, reservation, false);
        }

        @Override
        public void close(long reservation) {
            told(-1, reservation, false);
        }

        @Override
        public void recheck(long reservation, int slot, int endBlock) {
            told(5, reservation, slot == next + 1 && endBlock == next + 2);
        }

        private void told(int kind, long number, boolean isWhole) {
            if (number != next || kind != next % 6 || !isWhole) {
                wrong.add("number=" + number + " kind=" + kind + " isWhole=" + isWhole + " expected=" + next);
            }
            next++;
        }
    }
}
