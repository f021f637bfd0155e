package dev.baton.sender.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

import dev.baton.memory.MemoryLedger;
import dev.baton.sender.data.DataAgents;
import dev.baton.sender.data.WireKinds;
import dev.baton.transport.session.EndReason;

/** DRAINED goes out when each data agent has said once that it stopped: an agent that says it twice would speak for another that still writes. */
class StoppedOnceTest {
    private final DataAgents agents = new DataAgents(2, 16, Map.of(), new MemoryLedger(), () -> 0, new WireKinds(Set.of()));
    private final Transfer transfer = new Transfer(new HandoffBoard(7, null, null, 1), 1, 1, 0, null, null, null, null, null, 2);
    private final List<Long> stopped = new ArrayList<>();

    /** A note of before the stop is taken after it, and only then comes the note of the stop. */
    @Test
    void shouldBeToldOnceByAnAgentThatFindsItStoppedBeforeItIsNoted() throws Exception {
        agents.look(transfer);
        transfer.stop();
        work(0);
        agents.look(transfer);
        work(0);

        assertEquals(List.of(7L), told());
        work(1);
        assertEquals(List.of(7L, 7L), told(), "the other agent's");
    }

    /** The same, where there is no room to tell it between the two notes. */
    @Test
    void shouldBeToldOnceWhereBothNotesAreTakenInOneCycle() throws Exception {
        agents.look(transfer);
        assertTrue(transfer.taken(0));   // as the agent does first; the note of the stop comes behind it
        agents.look(transfer);
        transfer.stop();
        work(0);
        work(0);

        assertEquals(List.of(7L), told());
        work(1);
        assertEquals(List.of(7L, 7L), told(), "the other agent's");
    }

    private void work(int index) throws Exception {
        Agent agent = agents.agents().get(index);
        agent.doWork();
    }

    private List<Long> told() {
        agents.drain(new DataListener() {
            @Override
            public void onCellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
                throw new AssertionError("no cell was sent");
            }

            @Override
            public void onLaneDone(long handle, int lane, int round, int lastSeq) {
                throw new AssertionError("no lane is open");
            }

            @Override
            public void onStopped(long handle, int failedCompletions, long failedProcesses) {
                stopped.add(handle);
            }

            @Override
            public void onLaneLost(long sessionId, int lane, EndReason reason) {
                throw new AssertionError("no lane is open");
            }

            @Override
            public void onPeerGone(long sessionId) {
                throw new AssertionError("no session is open");
            }
        });
        return stopped;
    }
}
