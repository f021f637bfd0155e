package dev.baton.sender.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PendingCellsTest {
    private static final int COUNT_MAX = 128;

    @Test
    void shouldKeepTheOrderWhereverItGrows() {
        for (int before = 0; before < 16; before++) {
            PendingCells pending = new PendingCells(COUNT_MAX);
            for (int i = 0; i < before; i++) {
                add(pending, -1);
            }
            for (int i = 0; i < before; i++) {
                pending.drop();
            }
            for (int i = 0; i < COUNT_MAX; i++) {
                assertTrue(pending.hasRoom());
                add(pending, i);
            }
            assertFalse(pending.hasRoom());
            for (int i = 0; i < COUNT_MAX; i++) {
                assertEquals(i, pending.position());
                pending.drop();
            }
            assertTrue(pending.isEmpty());
        }
    }

    private static void add(PendingCells pending, int position) {
        pending.add(null, position, 1, 2, 3, position);
    }
}
