package dev.baton.buffer.tier.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LogLedgerTest {
    private static final long FILE_BYTES = 16 * 4096;
    private final LogLedger ledger = new LogLedger(0, 6 * FILE_BYTES, FILE_BYTES);

    /** Makes a file, and fills the one before it. */
    private LogFile filled() {
        ledger.made(ledger.make(1), 10);
        LogFile file = ledger.roomOrNull(FILE_BYTES - 4096);
        file.endBytes += FILE_BYTES - 4096;
        return file;
    }

    @Test
    void shouldTakeSpaceFromTheMomentThatAFileIsToBeMade() {
        assertTrue(ledger.isSpareWanted());
        LogFile file = ledger.make(7);
        assertEquals(FILE_BYTES, ledger.spaceBytes());
        assertFalse(ledger.isSpareWanted(), "one at a time");
        assertNull(ledger.roomOrNull(4096), "it is not made yet");
        ledger.notMade(file);
        assertEquals(0, ledger.spaceBytes());
        assertTrue(ledger.isSpareWanted());
    }

    @Test
    void shouldFillOneFileAfterTheOther() {
        LogFile first = filled();
        assertNull(ledger.roomOrNull(4096), "full, and none behind it");
        LogFile second = filled();
        assertEquals(LogFile.State.SEALED, first.state());
        assertEquals(LogFile.State.ACTIVE, second.state());
        assertTrue(second.sequence > first.sequence);
    }

    @Test
    void shouldNeverWriteAgainToASealedFile() {
        LogFile first = filled();
        first.endBytes = 4096;
        ledger.seal(first);
        assertNull(ledger.roomOrNull(4096));
        ledger.seal(first);
        assertEquals(LogFile.State.SEALED, first.state());
    }

    @Test
    void shouldWantRoomOnlyWhenThereIsNone() {
        for (int i = 0; i < 6; i++) {
            assertFalse(ledger.isRoomWanted());
            filled();
        }
        assertTrue(ledger.isRoomWanted());
        LogFile victim = ledger.victimOrNull();
        ledger.dying(victim);
        assertFalse(ledger.isSpareWanted(), "its space is not free before it is gone");
        ledger.gone(victim);
        assertTrue(ledger.isSpareWanted());
        assertEquals(5 * FILE_BYTES, ledger.spaceBytes());
    }

    @Test
    void shouldLetTheColdestOfTheOlderHalfGo() {
        LogFile[] files = new LogFile[6];
        for (int i = 0; i < 6; i++) {
            files[i] = filled();
        }
        assertSame(files[0], ledger.victimOrNull(), "all are as cold: the oldest");
        files[0].heatBytes = 100;
        files[1].heatBytes = 60;
        files[2].heatBytes = 80;
        assertSame(files[1], ledger.victimOrNull(), "the newer half is as cold, and stays");
        files[1].inFlight = 1;
        assertSame(files[2], ledger.victimOrNull(), "who is read stays");
        ledger.dying(files[2]);
        assertEquals(50, files[0].heatBytes);
        assertSame(files[2], ledger.dyingOrNull());
    }

    @Test
    void shouldTakeInWhatWasThereAndNumberOnBehindIt() {
        LogFile old = ledger.adopt(41, FILE_BYTES);
        assertThrows(IllegalArgumentException.class, () -> ledger.adopt(41, FILE_BYTES));
        assertSame(old, ledger.victimOrNull(), "also before it was scanned");
        ledger.scanned(old, 3 * 4096);
        assertEquals(3 * 4096, ledger.spaceBytes());
        assertEquals(42, ledger.make(1).sequence);
    }

    @Test
    void shouldRefuseStepsThatAreNone() {
        LogFile file = ledger.make(1);
        assertThrows(IllegalArgumentException.class, () -> ledger.dying(file));
        assertThrows(IllegalArgumentException.class, () -> ledger.gone(file));
        ledger.made(file, 3);
        assertThrows(IllegalArgumentException.class, () -> ledger.made(file, 3));
        assertThrows(IllegalArgumentException.class, () -> ledger.roomOrNull(FILE_BYTES));
    }
}
