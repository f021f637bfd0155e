package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemeFencesTest {
    private final Scripted lock = new Scripted(true);
    private final Scripted pairs = new Scripted(false);
    private final SchemeFences fences = new SchemeFences();

    @BeforeEach
    void addBoth() {
        fences.add("shm", lock);
        fences.add("rdma", pairs);
        fences.watch(1);
    }

    @Test
    void shouldProveNothingBeforeTheSchemeIsTold() {
        lock.isHeld = true;
        lock.isGone = true;
        pairs.isHeld = true;
        pairs.isGone = true;
        assertFalse(fences.isHeld(1));
        assertFalse(fences.isGone(1));
    }

    /** What another scheme's fence says of a session that has no lanes of it proves nothing. */
    @Test
    void shouldAskTheFenceOfTheSessionsOwnScheme() {
        fences.watch(2);
        assertTrue(fences.lanes(1, "shm"));
        assertTrue(fences.lanes(2, "rdma"));
        pairs.isGone = true;
        pairs.isHeld = true;
        assertFalse(fences.isHeld(1));
        assertFalse(fences.isGone(1));
        assertTrue(fences.isHeld(2));
        assertTrue(fences.isGone(2));
        assertTrue(fences.isWordProof(1));
        assertFalse(fences.isWordProof(2));
        assertFalse(fences.isEndedHere(1));
        assertTrue(fences.isEndedHere(2));
    }

    @Test
    void shouldRefuseAnotherSchemeThanBefore() {
        assertTrue(fences.lanes(1, "rdma"));
        assertTrue(fences.lanes(1, "rdma"));
        assertFalse(fences.lanes(1, "shm"));
        assertFalse(fences.lanes(1, "tcp"), "a scheme that is not one-sided");
    }

    @Test
    void shouldForgetWithEveryFence() {
        fences.lanes(1, "rdma");
        fences.forget(1);
        assertEquals(Set.of(), lock.watched);
        assertEquals(Set.of(), pairs.watched);
        assertTrue(fences.lanes(1, "shm"), "as if it had never been");
    }

    private static final class Scripted implements WriterFence {
        private final boolean isWordProof;
        private final Set<Long> watched = new HashSet<>();
        private boolean isHeld;
        private boolean isGone;

        Scripted(boolean isWordProof) {
            this.isWordProof = isWordProof;
        }

        @Override
        public void watch(long sessionId) {
            watched.add(sessionId);
        }

        @Override
        public boolean isHeld(long sessionId) {
            return isHeld;
        }

        @Override
        public boolean isGone(long sessionId) {
            return isGone;
        }

        @Override
        public boolean isWordProof(long sessionId) {
            return isWordProof;
        }

        @Override
        public boolean isEndedHere(long sessionId) {
            return !isWordProof;
        }

        @Override
        public void forget(long sessionId) {
            watched.remove(sessionId);
        }

        @Override
        public boolean hold(long peerIncarnation, long sessionId) {
            return true;
        }

        @Override
        public void release(long sessionId) {}
    }
}
