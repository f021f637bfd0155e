package dev.baton.transport.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.baton.transport.session.ControlCounters;
import dev.baton.transport.session.NodeIdentity;

/**
 * What a node tells about itself when it is asked for stats: one object, one member for what its control plane
 * counted, for what its roles share, and for each role.
 */
final class NodeStatsJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private NodeStatsJson() {}

    static String of(NodeIdentity identity, List<NodeService> services,
        Map<String, Supplier<Map<String, Object>>> shared, ControlCounters control) {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("nodeId", identity.nodeId());
        stats.put("incarnation", Long.toHexString(identity.incarnation()));
        stats.put("control", counted(control));
        shared.forEach((member, source) -> stats.put(member, source.get()));
        for (NodeService service : services) {
            stats.put(service.role().name().toLowerCase(Locale.ROOT), service.stats());
        }
        try {
            return MAPPER.writeValueAsString(stats);
        } catch (JsonProcessingException ex) {
            throw new IllegalStateException("stats are numbers, strings and maps: " + stats.keySet(), ex);
        }
    }

    /** What never happened is left out. */
    private static Map<String, Object> counted(ControlCounters counters) {
        Map<String, Object> counts = new LinkedHashMap<>();
        for (ControlCounters.Kind kind : ControlCounters.Kind.values()) {
            if (counters.count(kind) > 0) {
                counts.put(kind.tag(), counters.count(kind));
            }
        }
        return counts;
    }
}
