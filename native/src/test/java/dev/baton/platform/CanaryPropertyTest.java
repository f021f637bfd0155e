package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CanaryPropertyTest {
    @Test
    void shouldTakeOnNoDefectInAProcessThatWasNotStartedForIt() {
        String why = assertThrows(IllegalStateException.class, () -> Canary.become(Canary.CRC_SKIPPED)).getMessage();

        assertTrue(why.contains("baton.canary= must be ANY"), why);
        assertFalse(Canary.CRC_SKIPPED.isActive());
        Canary.requireNone();
    }
}
