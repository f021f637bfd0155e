package dev.baton.transport.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TurnsTest {
    @Test
    void shouldBeginWithEachInTurn() {
        Turns turns = new Turns();

        assertEquals(1, turns.next(3));
        assertEquals(2, turns.next(3));
        assertEquals(0, turns.next(3));
        assertEquals(0, turns.next(1));
        assertEquals(0, turns.next(0));
        assertEquals(1, turns.next(2));
    }

    /** An agent that does nothing but poll is there in an hour. */
    @Test
    void shouldGoOnAfterAsManyTurnsAsAnIntHolds() {
        Turns turns = new Turns(Integer.MAX_VALUE);
        for (int i = 0; i < 8; i++) {
            int first = turns.next(5);
            assertTrue(first >= 0 && first < 5, () -> "first=" + first);
        }
    }
}
