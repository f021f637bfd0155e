package dev.baton.transport.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.Role;

class NodeStatsJsonTest {
    @Test
    void shouldTellWhatTheControlPlaneCounted() {
        ControlCounters counters = new ControlCounters();
        counters.add(ControlCounters.Kind.DROPPED_SEAL, 3);
        NodeIdentity identity = new NodeIdentity("n", 1, 1, EnumSet.of(Role.DECODE), 1, 4096, List.of(), List.of(),
            new byte[0]);
        String json = NodeStatsJson.of(identity, List.of(), Map.of(), counters);
        assertTrue(json.contains("\"control\":{\"dropped.seal\":3}"), json);
    }
}
