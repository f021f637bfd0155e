package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.Role;

class DaemonTest {
    private final List<String> said = new ArrayList<>();

    @Test
    void shouldEndAndTellWhatIsStillInFlightWhenTheTimeToDrainIsOver() {
        Daemon.goDown(List.of(new ScriptedRole(0), new ScriptedRole(Integer.MAX_VALUE)), 0, () -> false);
        assertEquals(List.of("drain", "drain", "shutdown", "shutdown"), said);
    }

    @Test
    void shouldTellNothingOnceAllIsDrained() {
        Daemon.goDown(List.of(new ScriptedRole(0), new ScriptedRole(2)), Long.MAX_VALUE, () -> false);
        assertEquals(List.of("drain", "drain"), said);
    }

    @Test
    void shouldWaitForItsTimeToDrainAndThenForTheLastWords() {
        GoingDown down = new GoingDown(List.of(new ScriptedRole(Integer.MAX_VALUE, false)), 100, Long.MAX_VALUE - 50);

        assertFalse(down.isOver(Long.MIN_VALUE + 48));
        assertEquals(List.of("drain"), said);
        assertFalse(down.isOver(Long.MIN_VALUE + 49));
        assertTrue(down.isTelling());
        assertEquals(List.of("drain", "shutdown"), said);
        assertFalse(down.isOver(Long.MIN_VALUE + 48 + GoingDown.TELL_NS));
        assertTrue(down.isOver(Long.MIN_VALUE + 49 + GoingDown.TELL_NS));
        assertEquals(List.of("drain", "shutdown"), said);
    }

    @Test
    void shouldGoAsSoonAsWhatWasLeftHasEnded() {
        GoingDown down = new GoingDown(List.of(new ScriptedRole(Integer.MAX_VALUE)), 0, 0);

        assertFalse(down.isOver(0));
        assertTrue(down.isOver(0));
        assertFalse(down.isTelling());
    }

    @Test
    void shouldTellNothingWhenTheProcessHasEndedMeanwhile() {
        Daemon.goDown(List.of(new ScriptedRole(Integer.MAX_VALUE)), Long.MAX_VALUE, () -> true);
        assertEquals(List.of("drain"), said);
    }

    /** Has drained when it was asked so often, or when it was shut down. */
    private final class ScriptedRole implements NodeService {
        private final boolean endsWhenToldTo;
        private int looksLeft;

        ScriptedRole(int looks) {
            this(looks, true);
        }

        ScriptedRole(int looks, boolean endsWhenToldTo) {
            looksLeft = looks;
            this.endsWhenToldTo = endsWhenToldTo;
        }

        @Override
        public Role role() {
            return Role.DECODE;
        }

        @Override
        public void declare(NodeSetup setup) {
            throw new IllegalStateException("is not launched");
        }

        @Override
        public void prepare(NodeSetup setup) {
            throw new IllegalStateException("is not launched");
        }

        @Override
        public void start(ControlPlane plane) {
            throw new IllegalStateException("is not launched");
        }

        @Override
        public List<Agent> dataAgents() {
            return List.of();
        }

        @Override
        public int doControlWork(long nowNs) {
            return 0;
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public Map<String, Object> stats() {
            return Map.of();
        }

        @Override
        public void drain() {
            said.add("drain");
        }

        @Override
        public void shutdown() {
            said.add("shutdown");
            looksLeft = endsWhenToldTo ? 0 : looksLeft;
        }

        @Override
        public boolean isDrained() {
            return looksLeft == 0 || --looksLeft == 0;
        }

        @Override
        public void close() {
            said.add("close");
        }
    }
}
