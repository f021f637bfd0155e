package dev.baton.transport.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Codes that nodes of other versions speak: written out here once more, so that none is changed by accident. */
class WireCodesTest {
    private static final List<EndReason> REASONS = List.of(EndReason.NONE, EndReason.SESSION_LOST, EndReason.PEER_LOST, EndReason.CANCELLED,
        EndReason.DEADLINE, EndReason.LEASE_EXPIRED, EndReason.NOT_STARTED, EndReason.CORRUPT, EndReason.MISSING, EndReason.DIGEST,
        EndReason.NOT_CONSUMED, EndReason.ENGINE_LOST, EndReason.SHUTDOWN, EndReason.LAYOUT_MISMATCH, EndReason.NOT_WANTED,
        EndReason.NOT_KNOWN, EndReason.PROTOCOL, EndReason.OUTCOME_UNKNOWN, EndReason.VERSION, EndReason.AUTHENTICATION,
        EndReason.OVERLOADED, EndReason.REPLACED, EndReason.BACK_PRESSURE, EndReason.SILENT, EndReason.REJECTED, EndReason.WRITE_FAILED,
        EndReason.TOO_LONG, EndReason.EVICTED, EndReason.PREFILL_FAILED, EndReason.SELF, EndReason.STALLED, EndReason.NO_TRANSPORT,
        EndReason.WANTED_ELSEWHERE, EndReason.ENCRYPTION, EndReason.MEMBER_LOST, EndReason.LEADER_LOST, EndReason.NOT_ALLOWED,
        EndReason.TOO_MANY_PEERS);

    @Test
    void shouldKeepTheCodeOfEachReason() {
        for (int code = 0; code < REASONS.size(); code++) {
            assertEquals(code, REASONS.get(code).code());
            assertEquals(REASONS.get(code), EndReason.of(code));
        }
        assertEquals(REASONS.size() + 1, EndReason.values().length, "a new reason belongs into this list");
        assertEquals(255, EndReason.OTHER.code());
    }

    @Test
    void shouldTakeAReasonThatItDoesNotKnowForOther() {
        for (int code = REASONS.size(); code < 256; code++) {
            assertEquals(EndReason.OTHER, EndReason.of(code));
        }
        assertEquals(EndReason.TOO_LONG, EndReason.of((byte) 26 | 0xFFFF_FF00), "one byte of it is the code");
    }

    @Test
    void shouldWriteReasonsInLowerCase() {
        assertEquals("lease_expired", EndReason.LEASE_EXPIRED.tag());
    }

    @Test
    void shouldKeepTheCodesOfWhatIsStale() {
        List<StaleWhat> all = List.of(StaleWhat.INCARNATION, StaleWhat.SESSION, StaleWhat.TOKEN, StaleWhat.RESERVATION);
        for (int i = 0; i < all.size(); i++) {
            assertEquals(i + 1, all.get(i).code());
            assertEquals(all.get(i), StaleWhat.of(i + 1));
        }
        assertEquals(StaleWhat.RESERVATION, StaleWhat.of(0));
        assertEquals(StaleWhat.RESERVATION, StaleWhat.of(5));
    }

    @Test
    void shouldEndASessionOnlyByWhatIsSaidOfIt() {
        assertTrue(StaleWhat.INCARNATION.endsSession());
        assertTrue(StaleWhat.SESSION.endsSession());
        assertFalse(StaleWhat.TOKEN.endsSession());
        assertFalse(StaleWhat.RESERVATION.endsSession());
    }

    @Test
    void shouldKeepTheBitOfEachRole() {
        assertEquals(1, Role.bits(Set.of(Role.PREFILL)));
        assertEquals(2, Role.bits(Set.of(Role.DECODE)));
        assertEquals(4, Role.bits(Set.of(Role.SCHEDULER)));
        assertEquals(8, Role.bits(Set.of(Role.OBSERVER)));
        assertEquals(11, Role.bits(EnumSet.of(Role.PREFILL, Role.DECODE, Role.OBSERVER)));
        assertEquals(0, Role.bits(Set.of()));
    }

    @Test
    void shouldLeaveOutRolesThatItDoesNotKnow() {
        assertEquals(EnumSet.of(Role.DECODE, Role.SCHEDULER), Role.of(0xF6));
        assertEquals(Set.of(), Role.of(0xF0));
        assertEquals(EnumSet.allOf(Role.class), Role.of(-1));
    }
}
